import { Carrier, LocalExecRunner, NicAttachment } from '../../lib';
import type { WorldPatch } from '../../lib/simulator';
import { Deployment } from '../e2e/deployment';
import type { InitialWorld } from '../e2e/deployment';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';
import { expectGolden } from './golden';
import { declaring, PROVIDER, TERRAFORM_DATA } from './plans';
import type { Flavour, Pairs } from './plans';
import { driftSchema } from './schemas';
import { inShell, keep, zecNic } from './zec-nic';

interface Drifted {
  readonly nic: string;
  readonly state: string;
  readonly text: string;
  readonly repair: {
    readonly commands: readonly { readonly argv: string[]; readonly shell: string }[];
  } | null;
}

const WORLD: InitialWorld = {
  instances: ['ins-web', 'ins-db', 'ins-else', 'ins-brief'].map((instanceId) => ({ instanceId })),
  nics: ['sync', 'detached', 'moved', 'tainted', 'unfinished', 'gone', 'orphan'].map((name) => ({
    nicId: `nic-${name}`,
    name,
  })),
  settings: { attachMs: [0, 0], detachMs: [0, 0] },
};

const DECLARED: Pairs = {
  'nic-sync': 'ins-web',
  'nic-detached': 'ins-web',
  'nic-moved': 'ins-web',
  'nic-tainted': 'ins-db',
  'nic-unfinished': 'ins-db',
  'nic-gone': 'ins-db',
  'nic-orphan': 'ins-brief',
};

/** A way to drift, and what the repair needs in addition to the printed commands. */
interface Case {
  readonly state: string;
  readonly nic: string;
  readonly cloudChange: WorldPatch;
  /** Arguments of a Terraform command that changes only the state. */
  readonly terraform?: (flavour: Flavour) => readonly string[];
  /** The repair requires that the declaration is removed first. */
  readonly undeclare?: boolean;
  readonly after: string;
}

const CASES: readonly Case[] = [
  {
    state: 'detached',
    nic: 'nic-detached',
    cloudChange: { nics: { 'nic-detached': { status: 'AVAILABLE', instanceId: null } } },
    after: 'USED ins-web',
  },
  {
    state: 'moved',
    nic: 'nic-moved',
    cloudChange: { nics: { 'nic-moved': { status: 'USED', instanceId: 'ins-else' } } },
    after: 'USED ins-web',
  },
  {
    state: 'tainted',
    nic: 'nic-tainted',
    cloudChange: {},
    terraform: ({ addresses }) => ['taint', addresses('nic-tainted')[0] ?? ''],
    after: 'USED ins-db',
  },
  {
    state: 'nic-gone',
    nic: 'nic-gone',
    cloudChange: { nics: { 'nic-gone': null } },
    undeclare: true,
    after: 'gone',
  },
  {
    state: 'instance-gone',
    nic: 'nic-orphan',
    cloudChange: {
      nics: { 'nic-orphan': { status: 'AVAILABLE', instanceId: null } },
      instances: { 'ins-brief': null },
    },
    undeclare: true,
    after: 'AVAILABLE free',
  },
];
/** The state after an interrupted deploy: no confirmation that the convergence completed. */
const UNFINISHED: Case = {
  state: 'unfinished',
  nic: 'nic-unfinished',
  cloudChange: { nics: { 'nic-unfinished': { status: 'AVAILABLE', instanceId: null } } },
  terraform: () => ['state', 'rm', 'terraform_data.nic_attachment_confirmation'],
  after: 'USED ins-db',
};

describeWithTerraform('zec-nic drift', () => {
  describe.each([
    { flavour: PROVIDER, cases: CASES, settings: 'cdktf.json' },
    { flavour: TERRAFORM_DATA, cases: [...CASES, UNFINISHED], settings: 'cdktn.json' },
  ])('$flavour.name', ({ flavour, cases, settings }) => {
    let deployment: Deployment;
    let declared: Pairs = DECLARED;

    beforeAll(async () => {
      deployment = await Deployment.fast(WORLD, {});
      keep(deployment, settings, '{ "output": "." }');
      deployment.synth(declaring(flavour, declared));
      await deployment.apply();
    });
    afterAll(() => deployment.close());

    const drift = (...args: readonly string[]) =>
      zecNic(deployment, ['drift', '--stack', Deployment.STACK, ...args], {}, deployment.folder);

    async function found(): Promise<readonly Drifted[]> {
      const { code, stdout, stderr } = await drift('--json');
      const json = JSON.parse(stdout) as { readonly drifted: boolean; readonly attachments: Drifted[] };
      expect(stderr).toBe('');
      expect(driftSchema(json)).toEqual([]);
      expect(code).toBe(json.drifted ? 12 : 0);
      return json.attachments;
    }

    test('in sync: exits with 0 in every format, for --stack and for a state on stdin', async () => {
      const before = deployment.changes;
      expect((await found()).map(({ state, repair }) => [state, repair])).toEqual(
        Object.keys(DECLARED).map(() => ['in-sync', null]),
      );
      for (const [format, extension] of [
        ['text', 'txt'],
        ['markdown', 'md'],
      ] as const) {
        const { code, stdout } = await drift('--format', format);
        expect(code).toBe(0);
        expectGolden(`drift/${flavour.name}-in-sync.${extension}`, stdout);
      }
      const piped = await inShell(deployment, 'terraform show -json | zec-nic drift - --json');
      expect(piped.stdout).toBe((await drift('--json')).stdout);
      expect(deployment.changes).toEqual(before);
    });

    test.each(cases)('$state: exits with 12, and the printed commands repair it', async (each) => {
      await causeDrift(deployment, flavour, each);
      const drifted = (await found()).filter(({ state }) => state !== 'in-sync');
      expect(drifted.map(({ nic, state }) => [nic, state])).toEqual([[each.nic, each.state]]);
      const commands = drifted[0]?.repair?.commands ?? [];
      expect(commands.length).toBeGreaterThan(0);
      if (each.state === 'moved') {
        const text = (await drift()).stdout;
        for (const { shell } of commands) expect(text).toContain(`\n                ${shell}\n`);
      }

      if (each.undeclare === true) {
        declared = Object.fromEntries(Object.entries(declared).filter(([nic]) => nic !== each.nic));
        deployment.synth(declaring(flavour, declared));
      }
      const before = deployment.changes;
      for (const { shell } of commands) {
        const { code, output } = await inShell(deployment, `echo yes | ${shell}`, deployment.folder);
        if (code !== 0) throw new Error(`${shell} exited with ${code}:\n${output}`);
      }
      expect((await found()).map(({ state }) => state)).toEqual(Object.keys(declared).map(() => 'in-sync'));
      expect(deployment.nic(each.nic)).toBe(each.after);
      // It was attached all the time.
      if (each.state === 'tainted') expect(deployment.changes).toEqual(before);
    });
  });

  test('an attachment of a runner whose ID ends with "attachment" is detached, not unfinished', async () => {
    const deployment = await Deployment.fast(WORLD, {});
    try {
      deployment.synth((stack) => {
        declaring(TERRAFORM_DATA, {})(stack);
        const runner = new LocalExecRunner(stack, 'late-attachment', { carrier: Carrier.TERRAFORM_DATA });
        new NicAttachment(stack, 'web', { nicId: 'nic-sync', instanceId: 'ins-web', runner });
      });
      await deployment.apply();
      const nics = { 'nic-sync': { status: 'AVAILABLE', instanceId: null } };
      deployment.simulator.cloud.patch({ nics });
      const state = keep(deployment, 'state.json', await deployment.show());
      const { stdout } = await zecNic(deployment, ['drift', state, '--json']);
      const { attachments } = JSON.parse(stdout) as { readonly attachments: Drifted[] };
      expect(attachments.map((each) => each.state)).toEqual(['detached']);
    } finally {
      await deployment.close();
    }
  });

  test('all drift states in one state file, in every format', async () => {
    const deployment = await Deployment.fast(WORLD, {});
    try {
      deployment.synth(declaring(TERRAFORM_DATA, DECLARED));
      await deployment.apply();
      for (const each of [...CASES, UNFINISHED]) await causeDrift(deployment, TERRAFORM_DATA, each);
      const state = keep(deployment, 'state.json', await deployment.show());
      for (const [format, extension] of [
        ['text', 'txt'],
        ['markdown', 'md'],
        ['json', 'json'],
      ] as const) {
        const { code, stdout } = await zecNic(deployment, ['drift', state, '--format', format]);
        expect(code).toBe(12);
        if (format === 'json') expect(driftSchema(JSON.parse(stdout))).toEqual([]);
        expectGolden(`drift/all.${extension}`, format === 'json' ? pretty(stdout) : stdout);
      }
      const byNpx = await zecNic(deployment, ['drift', state], { npm_command: 'exec' });
      expect(byNpx.stdout).toContain(' npx zec-nic delete --nic-id nic-moved ');
      const wrong = await zecNic(deployment, ['drift']);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--stack')]);
    } finally {
      await deployment.close();
    }
  });
});

async function causeDrift(
  deployment: Deployment,
  flavour: Flavour,
  { cloudChange, terraform }: Case,
): Promise<void> {
  deployment.simulator.cloud.patch(cloudChange);
  if (terraform === undefined) return;
  const { code, output } = await run(TERRAFORM, terraform(flavour), {
    cwd: deployment.directory,
    env: deployment.environment,
  });
  if (code !== 0) throw new Error(output);
}

function pretty(json: string): string {
  return `${JSON.stringify(JSON.parse(json), undefined, 2)}\n`;
}
