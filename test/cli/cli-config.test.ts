import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCliConfig } from '../../lib/cli/doctor/machine';
import { blocksOf, parseConfig } from '../../lib/cli-config';
import { mirrorProvider } from '../support/bundle-provider';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';

const ADDRESS = 'cdktf.internal/zenlayer/zec';
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zec-rc-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const installation = (...methods: readonly string[]) =>
  `provider_installation {\n${methods.map((method) => `  ${method}\n`).join('')}}\n`;
const mirror = (more = '', path = 'terraform.d/plugins') =>
  `filesystem_mirror {\n    path = "${path}"\n    ${more}\n  }`;
const OURS = 'include = ["cdktf.internal/*/*"]';
const NOT_OURS = 'exclude = ["cdktf.internal/*/*"]';

/** CLI configurations, and whether Terraform finds the embedded provider with each. */
const CONFIGURATIONS: readonly (readonly [title: string, text: string, found: boolean])[] = [
  ['an empty file', '', true],
  ['no provider_installation', 'plugin_cache_may_break_dependency_lock_file = true\n', true],
  [
    'provider_installation in comments',
    `# ${installation('direct {}').replaceAll('\n', '\n# ')}\n/* provider_installation { */\n`,
    true,
  ],
  ['an empty provider_installation', installation(), false],
  ['only direct', installation('direct {}'), false],
  ['the block of the provider guide', installation(mirror(OURS), `direct {\n    ${NOT_OURS}\n  }`), true],
  ['a mirror without filters', installation(mirror()), true],
  ['a mirror that includes all providers by wildcards', installation(mirror('include = ["*/*/*"]')), true],
  [
    'a mirror that includes exactly the embedded provider',
    installation(mirror(`include = ["${ADDRESS}"]`)),
    true,
  ],
  [
    'a mirror that includes other providers only',
    installation(mirror('include = ["zenlayer/*", "hashicorp/null"]')),
    false,
  ],
  ['a mirror that excludes the embedded provider', installation(mirror(NOT_OURS)), false],
  ['a mirror, and direct without an exclusion', installation(mirror(OURS), 'direct {}'), false],
  [
    'a mirror in an absolute path without the provider',
    installation(mirror('', '/nonexistent/plugins')),
    false,
  ],
  [
    'only dev_overrides of another provider',
    installation('dev_overrides {\n    "hashicorp/null" = "/tmp"\n  }'),
    false,
  ],
  ['JSON with direct', '{"provider_installation": [{"direct": [{}]}]}', false],
  [
    'JSON with a mirror',
    '{"provider_installation": [{"filesystem_mirror": [{"path": "terraform.d/plugins"}]}]}',
    true,
  ],
];

function writeConfig(text: string): string {
  const file = join(directory, text.startsWith('{') ? 'rc.json' : 'rc');
  writeFileSync(file, text);
  return file;
}

const verdictOf = (file: string) => checkCliConfig({ TF_CLI_CONFIG_FILE: file }, directory, true).verdict;

test.each(CONFIGURATIONS)(
  '%s: the check passes if Terraform finds the embedded provider',
  (_, text, found) => {
    expect(verdictOf(writeConfig(text))).toBe(found ? 'ok' : 'fail');
  },
);

describeWithTerraform('with Terraform', () => {
  beforeAll(() => {
    const provider = join(directory, 'terraform-provider-zec_1.0.0');
    writeFileSync(provider, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    mirrorProvider(join(directory, 'stack'), ADDRESS, '1.0.0', provider);
    const required_providers = { zec: { source: ADDRESS, version: '1.0.0' } };
    writeFileSync(
      join(directory, 'stack', 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers } }),
    );
  });

  test.each(CONFIGURATIONS)('%s: terraform init agrees with the check', async (_, text, found) => {
    rmSync(join(directory, 'stack', '.terraform'), { recursive: true, force: true });
    rmSync(join(directory, 'stack', '.terraform.lock.hcl'), { force: true });
    const { code, output } = await run(TERRAFORM, ['init', '-input=false', '-no-color'], {
      cwd: join(directory, 'stack'),
      env: {
        TF_CLI_CONFIG_FILE: writeConfig(text),
        CHECKPOINT_DISABLE: '1',
        TF_REGISTRY_CLIENT_TIMEOUT: '2',
      },
    });
    expect([code === 0, output]).toEqual([found, expect.any(String)]);
  });
});

test('the configuration files in the home directory of Terraform and OpenTofu are checked', () => {
  const home = join(directory, 'home');
  const check = (env: Record<string, string> = {}) => checkCliConfig(env, home, true);
  mkdirSync(join(home, '.terraform.d'), { recursive: true });
  expect(check().detail).toMatch(/^none/);
  writeFileSync(join(home, '.terraform.d', 'extra.tfrc'), installation('direct {}'));
  expect(check()).toMatchObject({ verdict: 'fail', detail: expect.stringContaining('extra.tfrc') as string });
  rmSync(join(home, '.terraform.d', 'extra.tfrc'));
  writeFileSync(join(home, '.terraformrc'), installation(mirror()));
  expect(check()).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('.terraformrc') as string });
  writeFileSync(join(home, '.tofurc'), installation('direct {}'));
  expect(check()).toMatchObject({
    verdict: 'warn',
    detail: expect.stringContaining('OpenTofu only') as string,
  });
  expect(check({ TERRAFORM_BINARY_NAME: 'tofu' }).verdict).toBe('fail');
});

test('a dev_overrides entry for the provider fails the check', () => {
  const override = installation(`dev_overrides {\n    "${ADDRESS}" = "/src"\n  }`, 'direct {}');
  expect(checkCliConfig({ TF_CLI_CONFIG_FILE: writeConfig(override) }, '', true)).toMatchObject({
    verdict: 'fail',
    detail: expect.stringContaining('dev_overrides loads the provider from /src') as string,
  });
});

test.each(['{"provider_installation": ', 'a {'.repeat(40)])(
  'the invalid file %s gives a warning, because Terraform continues without it',
  (text) => {
    expect(verdictOf(writeConfig(text))).toBe('warn');
  },
);

test('the parser handles any text, in linear time', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '=',
    ',',
    '#',
    '/*',
    '*/',
    '//',
    '\n',
    ' ',
    'a',
    'provider_installation',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      try {
        parseConfig(pieces.join(''));
      } catch (error) {
        expect((error as Error).message).toMatch(/nested too deeply|JSON/);
      }
    }),
  );
  expect(Object.keys(parseConfig('/*'.repeat(500_000)))).toEqual([]);
  expect(Object.keys(parseConfig('"'.repeat(500_001)))).toEqual([]);
  expect(blocksOf(parseConfig('a {}'.repeat(100_000)), 'a')).toHaveLength(100_000);
});

test('the parser handles labels, nested blocks and multi-line lists', () => {
  const config = parseConfig(
    'plugin_cache_dir = "$HOME/x" # why\nhost "a.example" {\n services = {}\n}\ncredentials "app" { token = "t" }\n' +
      'provider_installation { filesystem_mirror { path = "p" include = [\n "a/b",\n "c/d", ]\n } }',
  );
  expect(config).toMatchObject({
    plugin_cache_dir: '$HOME/x',
    host: [{ services: [{}] }],
    credentials: [{ token: 't' }],
    provider_installation: [{ filesystem_mirror: [{ path: 'p', include: ['a/b', 'c/d'] }] }],
  });
});
