import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const folder = join(root, '.github/workflows');
// The package is a dependency of cdktf.
const yaml = createRequire(__filename)('js-yaml') as { load: (text: string) => unknown };

interface Job {
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const textOf = (name: string) => readFileSync(join(root, name), 'utf8');
const workflows = Object.fromEntries(
  readdirSync(folder).map((name) => {
    const workflow = yaml.load(readFileSync(join(folder, name), 'utf8'));
    return [name, workflow as { permissions: unknown; jobs: Record<string, Job> }];
  }),
);
const jobs = Object.values(workflows).flatMap((workflow) => Object.values(workflow.jobs));

test('every job has a time limit, and every workflow names its permissions', () => {
  expect(jobs.length).toBeGreaterThan(2);
  for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  expect(Object.values(workflows).map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }, {}]);
});

test('no script contains an expression, which would allow script injection', () => {
  const scripts = jobs.flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run));
  expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
});

test('both workflows run .ci/run on the minimum and on newer Node.js versions', () => {
  const checked = Object.values(workflows).map(({ jobs: { check, build } }) => (check ?? build)?.steps ?? []);
  for (const steps of checked) expect(steps.map(({ run }) => run)).toContain('.ci/run');
  const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
  const [oldest = '', ...newer] = workflows['ci.yml']?.jobs.check?.strategy?.matrix.node ?? [];
  expect(engines.node).toContain(`>=${oldest}`);
  expect(newer).toEqual(['22', '24', '26']);
});

test('every secret and variable of the release is documented in CONTRIBUTING.md', () => {
  const names = [...textOf('.github/workflows/release.yml').matchAll(/(?:secrets|vars)\.(\w+)/g)].map(
    ([, name = '']) => name,
  );
  const contributing = textOf('CONTRIBUTING.md');
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !contributing.includes(`\`${name}\``))).toEqual([]);
});
