import {
  readInventory,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
  reviewSvg,
  reviewText,
} from '../../lib/review';
import type { Review } from '../../lib/review';
import { readPlan } from '../../lib/terraform';
import { clientOf, Deployment } from '../e2e/deployment';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import type { Finished } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';
import { expectGolden, withoutStyle, withoutVersion } from './golden';
import { BASE, declaring, NULL_RESOURCE, planned, PROVIDER, SCENARIOS, TERRAFORM_DATA, WORLD } from './plans';
import type { Flavour, Scenario } from './plans';
import { reviewSchema } from './schemas';
import { inShell, keep, zecNic } from './zec-nic';

const FORMATS = {
  text: (review: Review) => reviewText(review, (_, text) => text),
  markdown: reviewMarkdown,
  json: (review: Review) => `${reviewJson(review)}\n`,
  html: reviewHtml,
  svg: reviewSvg,
};

interface Made {
  /** What `zec-nic review` itself did. */
  readonly child: Finished;
  readonly review: Review;
}

const chosen = (flavour: Flavour) =>
  SCENARIOS.filter(({ name, only }) =>
    flavour === NULL_RESOURCE
      ? ['create', 'move'].includes(name)
      : only === undefined || only.includes(flavour),
  );

describeWithTerraform('zec-nic review of plans that Terraform made', () => {
  const deployments = new Map<Flavour, Deployment>();
  let provider: NullProvider | undefined;
  afterAll(async () => {
    for (const each of deployments.values()) await each.close();
    provider?.remove();
  });

  describe.each([PROVIDER, TERRAFORM_DATA, NULL_RESOURCE])('$name', (flavour) => {
    const scenarios = chosen(flavour);
    const made = new Map<string, Made>();

    beforeAll(async () => {
      if (flavour === NULL_RESOURCE) provider = await nullProvider();
      const deployment = await Deployment.start(WORLD, {}, (folder) => provider?.install(folder));
      deployments.set(flavour, deployment);
      for (const scenario of scenarios.filter(({ first }) => first)) {
        made.set(scenario.name, await make(deployment, flavour, scenario));
      }
      deployment.synth(declaring(flavour, BASE));
      await deployment.apply();
      for (const scenario of scenarios.filter(({ first }) => !first)) {
        made.set(scenario.name, await make(deployment, flavour, scenario));
      }
    });

    test.each(scenarios)('$name: exits with $exit, and every format is as it was', ({ name, exit }) => {
      const { child, review } = there(made.get(name));
      expect([child.code, child.stderr]).toEqual([exit, '']);
      const golden = (extension: string, text: string) =>
        expectGolden(`${flavour.name}/${name}.${extension}`, withoutVersion(text));
      golden('txt', child.stdout);
      expect(FORMATS.text(review)).toBe(child.stdout);
      golden('md', reviewMarkdown(review));
      const json: unknown = JSON.parse(reviewJson(review));
      expect(reviewSchema(json)).toEqual([]);
      golden('json', `${JSON.stringify(json, undefined, 2)}\n`);
      golden('html', withoutStyle('report.css', reviewHtml(review)));
      golden('svg', withoutStyle('picture.css', reviewSvg(review)));
    });
  });

  describe('the command line', () => {
    const scenario = there(SCENARIOS.find(({ name }) => name === 'move'));
    let deployment: Deployment;
    let review: Review;
    let child: Finished;
    const plan = '../../plan.json';

    beforeAll(async () => {
      deployment = there(deployments.get(TERRAFORM_DATA));
      ({ review, child } = await make(deployment, TERRAFORM_DATA, scenario));
    });

    test.each(Object.entries(FORMATS))('--format %s writes just that', async (format, write) => {
      const { code, stdout, stderr } = await zecNic(deployment, ['review', plan, '--format', format]);
      expect([code, stderr]).toEqual([10, '']);
      expect(stdout).toBe(write(review));
    });

    test('--json is --format json', async () => {
      const { code, stdout } = await zecNic(deployment, ['review', plan, '--json']);
      expect([code, JSON.parse(stdout)]).toEqual([
        10,
        expect.objectContaining({ version: 1, offline: false }),
      ]);
    });

    test('reads stdin, as the help says', async () => {
      const { code, stdout } = await inShell(deployment, 'terraform show -json plan.bin | zec-nic review -');
      expect([code, stdout]).toEqual([10, child.stdout]);
    });

    test('colours add nothing but colour', async () => {
      const { stdout } = await zecNic(deployment, ['review', plan], { FORCE_COLOR: '1' });
      const plain = await zecNic(deployment, ['review', plan], { FORCE_COLOR: '1', NO_COLOR: '1' });
      expect(plain.stdout).toBe(child.stdout);
      expect(stdout).toContain('\u001b[36m→ move');
      // eslint-disable-next-line no-control-regex -- colours are control characters
      expect(stdout.replace(/\u001b\[\d+m/g, '')).toBe(child.stdout);
    });

    test('--offline asks the API nothing, and needs no credentials', async () => {
      const before = deployment.simulator.cloud.requests().length;
      const { code, stdout } = await zecNic(deployment, ['review', plan, '--offline', '--json'], {
        ZENLAYERCLOUD_ACCESS_KEY_ID: '',
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '',
      });
      expect([code, JSON.parse(stdout)]).toEqual([10, expect.objectContaining({ offline: true })]);
      expect(deployment.simulator.cloud.requests().length).toBe(before);
    });

    test('without credentials it names the way out', async () => {
      const { code, stdout, stderr } = await zecNic(deployment, ['review', plan], {
        ZENLAYERCLOUD_ACCESS_KEY_ID: '',
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '',
      });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('--offline');
    });

    test('blocks of other names are told by what their provisioners run', async () => {
      const json = await planned(
        deployment,
        TERRAFORM_DATA,
        there(SCENARIOS.find(({ name }) => name === 'create')),
      );
      const names = {
        nic_attachment_confirmation: 'last',
        nic_attachment_convergence: 'middle',
        nic_attachment: 'first',
      };
      const renamed = Object.entries(names).reduce(
        (text, [ours, other]) => text.replaceAll(ours, other),
        json,
      );
      const told = (text: string) =>
        readPlan(Buffer.from(text)).attachments.map(({ after, reconverge }) => [
          after?.nic,
          reconverge?.goal,
        ]);
      expect(told(renamed)).toEqual(told(json));
      expect(told(renamed)).toContainEqual([{ known: true, id: 'nic-logs' }, 'attach']);
    });

    describe('something else by mistake', () => {
      beforeAll(async () => {
        keep(deployment, 'state.json', await deployment.show());
        keep(deployment, 'log.json', (await deployment.terraform(['plan', '-json'])).stdout);
        keep(deployment, 'empty.json', '\n');
      });

      test.each([
        [
          'plan.bin',
          "a saved plan in Terraform's own form",
          'terraform show -json PLANFILE | zec-nic review -',
        ],
        ['terraform.tfstate', "a state file in Terraform's own form", 'terraform show -json PLANFILE'],
        ['../../state.json', 'this is a state, which "zec-nic drift" reads', 'terraform show -json PLANFILE'],
        ['../../log.json', 'the log that "terraform plan -json" writes', 'terraform show -json PLANFILE'],
        ['../../empty.json', 'there is nothing in it', 'terraform show -json PLANFILE'],
        ['nowhere.json', 'cannot read', 'ENOENT'],
      ])('%s: says what it is and what to run', async (path, what, how) => {
        const { code, stdout, stderr } = await zecNic(deployment, ['review', path]);
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain(what);
        expect(stderr).toContain(how);
        expect(stderr.length).toBeLessThan(500);
      });
    });
  });
});

/** Plans, lets the cloud change, and reviews: once by the command, once by the library. */
async function make(deployment: Deployment, flavour: Flavour, scenario: Scenario): Promise<Made> {
  const json = await planned(deployment, flavour, scenario);
  const plan = keep(deployment, 'plan.json', json);
  const undo = meanwhile(deployment, scenario);
  const changes = deployment.changes;
  const child = await zecNic(deployment, ['review', plan, ...(scenario.offline ? ['--offline'] : [])]);
  const review = await reviewed(deployment, json, scenario.offline === true);
  expect(deployment.changes).toEqual(changes);
  undo();
  return { child, review };
}

async function reviewed(deployment: Deployment, json: string, offline: boolean): Promise<Review> {
  const plan = readPlan(Buffer.from(json));
  if (offline) return reviewOf(plan, undefined);
  const endpoints = plan.attachments.flatMap(({ before, after }) => [before, after]);
  const client = clientOf(deployment);
  try {
    return reviewOf(plan, await readInventory(client, endpoints));
  } finally {
    await client.close();
  }
}

/** Changes the cloud as the scenario says. @returns what takes it back */
function meanwhile({ simulator: { cloud } }: Deployment, { meanwhile: patch }: Scenario): () => void {
  if (patch === undefined) return () => undefined;
  const { instances, nics } = cloud.world();
  cloud.patch(patch);
  return () => cloud.patch({ instances, nics });
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it was not made: see the first failure');
  return value;
}
