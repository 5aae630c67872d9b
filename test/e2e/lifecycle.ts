import { DataResource, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { descendants, eventually } from '../support/processes';
import { Deployment, unwrap } from './deployment';
import type { InitialWorld } from './deployment';

/** The differences between runners and carriers. */
export interface Flavour {
  /** The context of the CDKTF app. */
  readonly context: Readonly<Record<string, string>>;
  /** Declares what must stay in the stack when its last attachment is removed. */
  readonly keepRunner: (stack: TerraformStack) => void;
  /** A substring of the arguments of the process that attaches. */
  readonly handlerProcess: string;
  /**
   * The command that recovers the attachment after that process is killed: a destroy if it is already in the state, else
   * an apply, which adopts it.
   */
  readonly afterKill: 'destroy' | 'apply';
  /** Called with the stack's folder before `terraform init`. */
  readonly prepare?: (directory: string) => void;
}

const twoByTwo: InitialWorld = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};

/** Tests of the life cycle of attachments, for one runner and carrier. */
export function lifecycleTests(flavour: Flavour): void {
  let deployment: Deployment | undefined;

  const begin = async (world: InitialWorld): Promise<Deployment> => {
    deployment = await Deployment.fast(world, flavour.context, flavour.prepare);
    return deployment;
  };

  afterEach(async () => {
    await deployment?.close();
    deployment = undefined;
  });

  /** Attachments by construct id: `{ web: ['nic-1', 'ins-1'] }`. */
  const declare =
    (attachments: Readonly<Record<string, readonly [nic: string, instance: string]>>) =>
    (stack: TerraformStack) => {
      flavour.keepRunner(stack);
      for (const [id, [nicId, instanceId]] of Object.entries(attachments)) {
        new NicAttachment(stack, id, { nicId, instanceId });
      }
    };

  /** The same with vNIC IDs that are unresolved tokens. */
  const declareByToken =
    (
      attachments: Readonly<Record<string, readonly [nic: string, instance: string]>>,
      nics: readonly string[],
    ) =>
    (stack: TerraformStack) => {
      flavour.keepRunner(stack);
      const source = new Map(
        nics.map((nic) => [nic, new DataResource(stack, `source-${nic}`, { input: Token.asAny(nic) })]),
      );
      for (const [id, [nicId, instanceId]] of Object.entries(attachments)) {
        const output = source.get(nicId)?.output.toString() ?? nicId;
        new NicAttachment(stack, id, { nicId: output, instanceId });
      }
    };

  test('creates, plans no changes, and destroys', async () => {
    const d = await begin(twoByTwo);
    d.useProcesses();
    d.synth(declare({ web: ['nic-1', 'ins-1'] }));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(await d.plan()).toEqual([]);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
    expect(d.stateAddresses()).toEqual([]);
    expect(d.changes).toEqual(['Attach nic-1 ins-1', 'Detach nic-1']);
  });

  test('removing one of several detaches only that one', async () => {
    const d = await begin(twoByTwo);
    d.synth(declare({ a: ['nic-1', 'ins-1'], b: ['nic-2', 'ins-1'] }));
    await d.apply();
    d.synth(declare({ b: ['nic-2', 'ins-1'] }));
    await d.apply();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
    expect(d.nic('nic-2')).toBe('USED ins-1');
    expect(d.changes.slice(2)).toEqual(['Detach nic-1']);
  });

  test('removing the last attachment detaches it', async () => {
    const d = await begin(twoByTwo);
    d.synth(declare({ a: ['nic-1', 'ins-1'] }));
    await d.apply();
    d.synth(declare({}));
    await d.initialize();
    await d.apply();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
    expect(await d.plan()).toEqual([]);
  });

  test('changing the instance detaches, then attaches', async () => {
    const d = await begin(twoByTwo);
    d.synth(declare({ a: ['nic-1', 'ins-1'] }));
    await d.apply();
    d.synth(declare({ a: ['nic-1', 'ins-2'] }));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-2');
    expect(d.changes.slice(1)).toEqual(['Detach nic-1', 'Attach nic-1 ins-2']);
    expect(await d.plan()).toEqual([]);
  });

  test('a renamed construct whose vNIC ID is a token stays attached', async () => {
    const d = await begin(twoByTwo);
    d.synth(declareByToken({ before: ['nic-1', 'ins-1'] }, ['nic-1']));
    await d.apply();
    d.synth(declareByToken({ after: ['nic-1', 'ins-1'] }, ['nic-1']));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(await d.plan()).toEqual([]);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
  });

  test('two attachments that swap their vNICs in one apply both converge', async () => {
    const d = await begin(twoByTwo);
    d.synth(declareByToken({ a: ['nic-1', 'ins-1'], b: ['nic-2', 'ins-2'] }, ['nic-1', 'nic-2']));
    await d.apply();
    d.synth(declareByToken({ a: ['nic-2', 'ins-1'], b: ['nic-1', 'ins-2'] }, ['nic-1', 'nic-2']));
    await d.apply();
    expect(d.nic('nic-2')).toBe('USED ins-1');
    expect(d.nic('nic-1')).toBe('USED ins-2');
    expect(await d.plan()).toEqual([]);
  });

  test('a vNIC can move from one attachment to another in one apply', async () => {
    const d = await begin(twoByTwo);
    d.synth(declareByToken({ a: ['nic-1', 'ins-1'] }, ['nic-1', 'nic-2']));
    await d.apply();
    d.synth(declareByToken({ b: ['nic-1', 'ins-2'], a: ['nic-2', 'ins-1'] }, ['nic-1', 'nic-2']));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-2');
    expect(d.nic('nic-2')).toBe('USED ins-1');
  });

  test('a create that fails affects no other attachment and leaves nothing in the state', async () => {
    const d = await begin({
      instances: [...twoByTwo.instances, { instanceId: 'ins-9' }],
      nics: [...twoByTwo.nics, { nicId: 'nic-9', instanceId: 'ins-9' }],
    });
    d.synth(declare({ a: ['nic-1', 'ins-1'], foreign: ['nic-9', 'ins-1'] }));
    const failed = await d.terraform(['apply', '-auto-approve']);
    expect(failed.code).toBe(1);
    const message = unwrap(failed.output);
    expect(message).toContain('vNIC nic-9 is attached to instance ins-9');
    expect(message).toContain('Nothing was left behind');
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.nic('nic-9')).toBe('USED ins-9');

    d.synth(declare({ a: ['nic-1', 'ins-1'] }));
    await d.apply();
    expect(d.nic('nic-9')).toBe('USED ins-9');
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    expect(d.stateAddresses().filter((address) => address.includes('nic-9'))).toEqual([]);
    expect(await d.plan()).toEqual([]);
  });

  test('a handler killed while the vNIC is ATTACHING leaks nothing', async () => {
    const d = await begin({ ...twoByTwo, settings: { attachMs: [4000, 4000] } });
    d.useProcesses();
    d.synth(declare({ a: ['nic-1', 'ins-1'] }));
    const apply = await d.start(['apply', '-auto-approve']);
    await eventually('nic-1 is ATTACHING', () => d.nic('nic-1') === 'ATTACHING ins-1');
    const victims = descendants(apply.pid).filter(({ args }) => args.includes(flavour.handlerProcess));
    expect(victims).not.toEqual([]);
    for (const { pid } of victims) process.kill(pid, 'SIGKILL');
    expect((await apply.finished).code).toBe(1);
    if (flavour.afterKill === 'apply') {
      await d.apply();
      expect(d.nic('nic-1')).toBe('USED ins-1');
    }
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
    expect(d.changes).toEqual(['Attach nic-1 ins-1', 'Detach nic-1']);
  });

  test('twenty attachments on four instances converge in one apply and one destroy', async () => {
    const instances = ['ins-1', 'ins-2', 'ins-3', 'ins-4'];
    const nics = Array.from({ length: 20 }, (_, index) => `nic-${index + 1}`);
    const d = await begin({
      instances: instances.map((instanceId) => ({ instanceId })),
      nics: nics.map((nicId) => ({ nicId })),
    });
    d.useProcesses();
    const placed = nics.map((nic, index) => [nic, [nic, instances[index % 4] ?? '']] as const);
    d.synth(declare(Object.fromEntries(placed)));
    await d.apply();
    expect(nics.map((nic) => d.nic(nic))).toEqual(placed.map(([, [, instance]]) => `USED ${instance}`));
    expect(d.changes).toHaveLength(20);
    await d.destroy();
    expect(nics.map((nic) => d.nic(nic))).toEqual(nics.map(() => 'AVAILABLE free'));
  });
}
