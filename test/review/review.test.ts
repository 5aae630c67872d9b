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
import { describeWithTerraform, isSince } from '../support/terraform';
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

interface ReviewedPlan {
  /** The result of the `zec-nic review` process. */
  readonly child: Finished;
  readonly review: Review;
}

const chosen = (flavour: Flavour) =>
  SCENARIOS.filter(({ name, only }) =>
    flavour === NULL_RESOURCE
      ? ['create', 'move'].includes(name)
      : only === undefined || only.includes(flavour),
  );

describeWithTerraform('zec-nic review of plans by Terraform', () => {
  const deployments = new Map<Flavour, Deployment>();
  let provider: NullProvider | undefined;
  afterAll(async () => {
    for (const each of deployments.values()) await each.close();
    provider?.remove();
  });

  describe.each([PROVIDER, TERRAFORM_DATA, NULL_RESOURCE])('$name', (flavour) => {
    const scenarios = chosen(flavour).filter(({ since }) => since === undefined || isSince(since));
    const tooNew = chosen(flavour).filter((each) => !scenarios.includes(each));
    const results = new Map<string, ReviewedPlan>();

    beforeAll(async () => {
      if (flavour === NULL_RESOURCE) provider = await nullProvider();
      const deployment = await Deployment.fast(WORLD, {}, (folder) => provider?.install(folder));
      deployments.set(flavour, deployment);
      for (const scenario of scenarios.filter(({ first }) => first)) {
        results.set(scenario.name, await planAndReview(deployment, flavour, scenario));
      }
      deployment.synth(declaring(flavour, BASE));
      await deployment.apply();
      for (const scenario of scenarios.filter(({ first }) => !first)) {
        results.set(scenario.name, await planAndReview(deployment, flavour, scenario));
      }
    });

    for (const { name, since } of tooNew)
      test.skip(`${name}: needs Terraform ${since?.terraform ?? ''}`, () => undefined);

    test.each(scenarios)(
      '$name: exits with $exit, and every format matches its golden file',
      ({ name, exit }) => {
        const { child, review } = defined(results.get(name));
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
      },
    );
  });

  describe('the command line', () => {
    const scenario = defined(SCENARIOS.find(({ name }) => name === 'move'));
    let deployment: Deployment;
    let review: Review;
    let child: Finished;
    const plan = '../../plan.json';

    beforeAll(async () => {
      deployment = defined(deployments.get(TERRAFORM_DATA));
      ({ review, child } = await planAndReview(deployment, TERRAFORM_DATA, scenario));
    });

    test.each(Object.entries(FORMATS))('--format %s writes exactly that format', async (format, write) => {
      const { code, stdout, stderr } = await zecNic(deployment, ['review', plan, '--format', format]);
      expect([code, stderr]).toEqual([11, '']);
      expect(stdout).toBe(write(review));
    });

    test('--json is the same as --format json', async () => {
      const { code, stdout } = await zecNic(deployment, ['review', plan, '--json']);
      expect([code, JSON.parse(stdout)]).toEqual([
        11,
        expect.objectContaining({ version: 1, offline: false }),
      ]);
    });

    test('reads a plan from stdin, as in the help text', async () => {
      const { code, stdout } = await inShell(deployment, 'terraform show -json plan.bin | zec-nic review -');
      expect([code, stdout]).toEqual([11, child.stdout]);
    });

    test('colours do not change the text', async () => {
      const { stdout } = await zecNic(deployment, ['review', plan], { FORCE_COLOR: '1' });
      const plain = await zecNic(deployment, ['review', plan], { FORCE_COLOR: '1', NO_COLOR: '1' });
      expect(plain.stdout).toBe(child.stdout);
      expect(stdout).toContain('\u001b[36m→ move');
      // eslint-disable-next-line no-control-regex -- colours are control characters
      expect(stdout.replace(/\u001b\[\d+m/g, '')).toBe(child.stdout);
    });

    test('--offline sends no requests and needs no credentials', async () => {
      const before = deployment.simulator.cloud.requests().length;
      const { code, stdout } = await zecNic(deployment, ['review', plan, '--offline', '--json'], {
        ZENLAYERCLOUD_ACCESS_KEY_ID: '',
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '',
      });
      expect([code, JSON.parse(stdout)]).toEqual([11, expect.objectContaining({ offline: true })]);
      expect(deployment.simulator.cloud.requests().length).toBe(before);
    });

    test('an error about missing credentials mentions --offline', async () => {
      const { code, stdout, stderr } = await zecNic(deployment, ['review', plan], {
        ZENLAYERCLOUD_ACCESS_KEY_ID: '',
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '',
      });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('--offline');
    });

    test('renamed blocks are recognized by the commands of their provisioners', async () => {
      const json = await planned(
        deployment,
        TERRAFORM_DATA,
        defined(SCENARIOS.find(({ name }) => name === 'create')),
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
      const attachmentsIn = (text: string) =>
        readPlan(Buffer.from(text)).attachments.map(({ after, reconverge }) => [
          after?.nic,
          reconverge?.goal,
        ]);
      expect(attachmentsIn(renamed)).toEqual(attachmentsIn(json));
      expect(attachmentsIn(renamed)).toContainEqual([{ id: 'nic-logs' }, 'attach']);
    });

    describe('input that is not a plan', () => {
      beforeAll(async () => {
        keep(deployment, 'state.json', await deployment.show());
        keep(deployment, 'log.json', (await deployment.terraform(['plan', '-json'])).stdout);
        keep(deployment, 'empty.json', '\n');
      });

      test.each([
        [
          'plan.bin',
          "a saved plan in Terraform's binary format",
          'terraform show -json PLANFILE | zec-nic review -',
        ],
        ['terraform.tfstate', 'this is a raw Terraform state file', 'terraform show -json PLANFILE'],
        [
          '../../state.json',
          'this is a state, but a plan is required ("zec-nic drift" reads a state)',
          'terraform show -json PLANFILE',
        ],
        ['../../log.json', 'this is the log of "terraform plan -json"', 'terraform show -json PLANFILE'],
        ['../../empty.json', 'the input is empty', 'terraform show -json PLANFILE'],
        ['nowhere.json', 'cannot read', 'ENOENT'],
      ])('%s: the error says what it is and which command to run', async (path, what, how) => {
        const { code, stdout, stderr } = await zecNic(deployment, ['review', path]);
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain(what);
        expect(stderr).toContain(how);
        expect(stderr.length).toBeLessThan(500);
      });
    });
  });
});

/** Plans, changes the cloud, and reviews with the command and with the library. */
async function planAndReview(
  deployment: Deployment,
  flavour: Flavour,
  scenario: Scenario,
): Promise<ReviewedPlan> {
  const json = await planned(deployment, flavour, scenario);
  const plan = keep(deployment, 'plan.json', json);
  const undo = changeCloud(deployment, scenario);
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

/** Applies the scenario's change in the cloud. @returns a function that reverts it */
function changeCloud({ simulator: { cloud } }: Deployment, { meanwhile: patch }: Scenario): () => void {
  if (patch === undefined) return () => undefined;
  const { instances, nics } = cloud.world();
  cloud.patch(patch);
  return () => cloud.patch({ instances, nics });
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the value is missing: see the first failure');
  return value;
}
