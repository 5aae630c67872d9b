import type { InitialWorld } from '../e2e/deployment';
import { Deployment } from '../e2e/deployment';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import type { Finished } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';
import { expectGolden, withoutStyle, withoutVersion } from './golden';
import { BASE, declaring, NULL_RESOURCE, planned, PROVIDER, SCENARIOS, TERRAFORM_DATA, WORLD } from './plans';
import type { Flavour, Scenario } from './plans';
import { reviewSchema } from './schemas';
import { keep, zecNic } from './zec-nic';

const FORMATS = { text: 'txt', markdown: 'md', json: 'json', html: 'html', svg: 'svg' } as const;
type Format = keyof typeof FORMATS;
const ALL = Object.keys(FORMATS) as readonly Format[];

const chosen = (flavour: Flavour) =>
  SCENARIOS.filter(({ name, only }) =>
    flavour === NULL_RESOURCE
      ? ['create', 'move'].includes(name)
      : only === undefined || only.includes(flavour),
  );

describeWithTerraform('zec-nic review of plans that Terraform made', () => {
  const deployments: Deployment[] = [];
  let provider: NullProvider | undefined;
  afterAll(async () => {
    for (const each of deployments) await each.close();
    provider?.remove();
  });

  describe.each([PROVIDER, TERRAFORM_DATA, NULL_RESOURCE])('$name', (flavour) => {
    const scenarios = chosen(flavour);
    const reviews = new Map<string, ReadonlyMap<Format, Finished>>();

    beforeAll(async () => {
      if (flavour === NULL_RESOURCE) provider = await nullProvider();
      const deployment = await start(WORLD, (folder) => provider?.install(folder));
      for (const scenario of scenarios.filter(({ first }) => first)) await make(deployment, scenario);
      deployment.synth(declaring(flavour, BASE));
      await deployment.apply();
      for (const scenario of scenarios.filter(({ first }) => !first)) await make(deployment, scenario);
    });

    async function start(world: InitialWorld, prepare: (folder: string) => void): Promise<Deployment> {
      const deployment = await Deployment.start(world, {}, prepare);
      deployments.push(deployment);
      return deployment;
    }

    async function make(deployment: Deployment, scenario: Scenario): Promise<void> {
      const plan = keep(deployment, 'plan.json', await planned(deployment, flavour, scenario));
      const undo = meanwhile(deployment, scenario);
      const offline = scenario.offline === true ? ['--offline'] : [];
      const before = deployment.changes;
      const results = await Promise.all(
        ALL.map(
          async (format) =>
            [format, await zecNic(deployment, ['review', plan, '--format', format, ...offline])] as const,
        ),
      );
      expect(deployment.changes).toEqual(before);
      undo();
      reviews.set(scenario.name, new Map(results));
    }

    describe.each(scenarios)('$name', ({ name, exit }) => {
      const review = (format: Format) => reviews.get(name)?.get(format) as Finished;

      test(`exits with ${exit}`, () => {
        for (const format of ALL) {
          const { code, stderr } = review(format);
          expect([format, code, stderr]).toEqual([format, exit, '']);
        }
      });

      test.each(['text', 'markdown'] as const)('as %s', (format) => {
        expectGolden(`${flavour.name}/${name}.${FORMATS[format]}`, review(format).stdout);
      });

      test('as json', () => {
        const { stdout } = review('json');
        expect(reviewSchema(JSON.parse(stdout))).toEqual([]);
        const pretty = JSON.stringify(JSON.parse(withoutVersion(stdout)), undefined, 2);
        expectGolden(`${flavour.name}/${name}.json`, `${pretty}\n`);
      });

      test('as html', () => {
        const page = withoutStyle('report.css', review('html').stdout);
        expectGolden(`${flavour.name}/${name}.html`, withoutVersion(page));
      });

      test('as svg', () => {
        expectGolden(`${flavour.name}/${name}.svg`, withoutStyle('picture.css', review('svg').stdout));
      });
    });
  });
});

/** Changes the cloud as the scenario says. @returns what takes it back */
function meanwhile({ simulator: { cloud } }: Deployment, { meanwhile: patch }: Scenario): () => void {
  if (patch === undefined) return () => undefined;
  const { instances, nics } = cloud.world();
  cloud.patch(patch);
  return () => cloud.patch({ instances, nics });
}
