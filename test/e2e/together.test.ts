import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataResource, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Convergence, NicAttachment, ProviderRunner } from '../../lib';
import { descendants, eventually } from '../support/processes';
import { describeSince, describeWithTerraform, IMPORT_BLOCKS, IS_OPENTOFU } from '../support/terraform';
import { Deployment, unwrap } from './deployment';
import { lifecycleTests } from './lifecycle';

const context = { 'zec:runner': 'provider' };

describeWithTerraform('the provider runner with Convergence.TOGETHER', () => {
  lifecycleTests({
    context,
    keepRunner: (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
    handlerProcess: 'terraform-provider-zec',
    afterKill: 'apply',
  });
});

const NICS = Array.from({ length: 20 }, (_, index) => `nic-${index + 1}`);
const instanceOf = (nicId: string) => `ins-${Number(nicId.split('-')[1]) % 4}`;
const CONVERGENCE = 'zec_nic_convergence.zec';

const declare =
  (nics: readonly string[], convergence = Convergence.TOGETHER, consumer?: string) =>
  (stack: TerraformStack) => {
    new ProviderRunner(stack, 'zec', { convergence });
    const attachments = nics.map(
      (nicId) => new NicAttachment(stack, nicId, { nicId, instanceId: instanceOf(nicId) }),
    );
    const [first] = attachments;
    if (consumer !== undefined && first !== undefined)
      new DataResource(stack, consumer, { input: Token.asAny([first.id, first.nicId, first.instanceId]) });
  };

describeWithTerraform('Convergence.TOGETHER', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(
      {
        instances: ['ins-0', 'ins-1', 'ins-2', 'ins-3'].map((instanceId) => ({ instanceId })),
        nics: NICS.map((nicId) => ({ nicId })),
      },
      context,
    );
  });
  afterEach(() => d.close());

  const held = (nics: readonly string[]) => nics.filter((nic) => d.nic(nic) === `USED ${instanceOf(nic)}`);
  const convergencesIn = (output: string) =>
    [...output.matchAll(/zec_nic_convergence\.zec: (\w+)\.\.\./g)].map(([, verb]) => verb);

  test('waits once for twenty attachments, and consumers of one wait for all', async () => {
    d.simulator.cloud.patch({ settings: { attachMs: [1500, 1500] } });
    d.synth(declare(NICS, Convergence.TOGETHER, 'user'));
    const output = await d.apply();
    expect(held(NICS)).toEqual(NICS);
    expect(convergencesIn(output)).toEqual(['Creating']);
    const at = (what: string) => output.indexOf(what);
    expect(output).toMatch(/terraform_data\.user: Creating/);
    for (const nic of NICS)
      expect(at(`zec_nic_attachment.${nic}: Creation complete`)).toBeLessThan(at(`${CONVERGENCE}: Creating`));
    expect(at(`${CONVERGENCE}: Creation complete`)).toBeLessThan(at('terraform_data.user: Creating'));
    expect(await d.plan()).toEqual([]);
    const destroyed = await d.destroy();
    expect(destroyed.indexOf(`${CONVERGENCE}: Destruction complete`)).toBeLessThan(
      destroyed.indexOf('zec_nic_attachment.nic-1: Destroying'),
    );
    expect(d.stateAddresses()).toEqual([]);
    expect(d.changes).toHaveLength(40);
  });

  test('names an attachment that fails repeatedly, taints nothing, and the next apply completes', async () => {
    d.synth(declare(NICS.slice(0, 19)));
    await d.apply();
    d.simulator.cloud.faults.set([
      { action: 'AttachNetworkInterface', kind: 'fail-async', afterMs: 1000, times: 4 },
    ]);
    d.synth(declare(NICS, Convergence.TOGETHER, 'user'));
    const { code, output } = await d.terraform(['apply', '-auto-approve']);
    expect(code).toBe(1);
    expect(unwrap(output)).toMatch(
      /vNIC nic-20 was not attached to instance ins-0: the platform accepted the attach of vNIC nic-20 3 times.*What to do: Check that the instance is healthy.*Mutating requests: T[\w-]+.*Attachment "nic-20" remains in state/,
    );
    expect(output.match(/was not attached/g)).toHaveLength(1);
    expect(d.stateAddresses()).toEqual(expect.arrayContaining(['zec_nic_attachment.nic-20', CONVERGENCE]));
    expect(d.stateAddresses().join()).not.toMatch(/tainted|terraform_data/);
    expect(d.nic('nic-20')).toBe('AVAILABLE free');
    expect(await d.plan()).toEqual([
      { address: 'terraform_data.user', actions: ['create'] },
      { address: 'zec_nic_attachment.nic-20', actions: ['create'] },
      { address: CONVERGENCE, actions: ['update'] },
    ]);
    await d.apply();
    expect(held(NICS)).toEqual(NICS);
    expect(await d.plan()).toEqual([]);
  });

  test('a failed first convergence is not recorded in the state', async () => {
    d.simulator.cloud.patch({ settings: { attachMs: [3000, 3000] } });
    d.synth(declare(['nic-1', 'nic-2']));
    const apply = await d.start(['apply', '-auto-approve']);
    await eventually('the convergence has started', () =>
      apply.output().includes(`${CONVERGENCE}: Creating`),
    );
    // Both are attached to another instance by someone else.
    for (const nic of ['nic-1', 'nic-2']) {
      await eventually(`${nic} is attached`, () => d.nic(nic) === `ATTACHING ${instanceOf(nic)}`);
      d.simulator.cloud.patch({ nics: { [nic]: { status: 'USED', instanceId: 'ins-3' } } });
    }
    const { code, output } = await apply.finished;
    expect(code).toBe(1);
    expect(unwrap(output)).toMatch(/vNIC nic-1 is attached to instance ins-3/);
    expect(unwrap(output)).toMatch(/vNIC nic-2 is attached to instance ins-3/);
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1', 'zec_nic_attachment.nic-2']);
    await d.destroy();
    expect(['nic-1', 'nic-2'].map((nic) => d.nic(nic))).toEqual(['USED ins-3', 'USED ins-3']);
  });

  test('recreates an attachment that was detached by hand, and waits for it', async () => {
    d.synth(declare(NICS.slice(0, 3), Convergence.TOGETHER, 'user'));
    await d.apply();
    d.simulator.cloud.patch({ nics: { 'nic-2': { status: 'AVAILABLE', instanceId: null } } });
    expect(await d.plan()).toEqual([
      { address: 'zec_nic_attachment.nic-2', actions: ['create'] },
      { address: CONVERGENCE, actions: ['update'] },
    ]);
    expect(convergencesIn(await d.apply())).toEqual(['Modifying']);
    expect(held(NICS.slice(0, 3))).toEqual(NICS.slice(0, 3));
    expect(await d.plan()).toEqual([]);
    expect(d.changes.slice(3)).toEqual(['Attach nic-2 ins-2']);
  });

  test('waits again for a replaced attachment', async () => {
    d.synth(declare(NICS.slice(0, 2), Convergence.TOGETHER, 'user'));
    await d.apply();
    const output = await d.apply('-replace=zec_nic_attachment.nic-1');
    expect(convergencesIn(output)).toEqual(['Modifying']);
    expect(output).toContain('1 added, 1 changed, 1 destroyed');
    expect(held(NICS.slice(0, 2))).toEqual(NICS.slice(0, 2));
    expect(await d.plan()).toEqual([]);
  });

  test('adding or removing attachments updates the convergence, and removing the last one deletes it', async () => {
    d.synth(declare(NICS.slice(0, 2), Convergence.TOGETHER, 'user'));
    await d.apply();
    d.synth(declare(NICS.slice(0, 3), Convergence.TOGETHER, 'user'));
    expect(await d.plan()).toEqual([
      { address: 'zec_nic_attachment.nic-3', actions: ['create'] },
      { address: CONVERGENCE, actions: ['update'] },
    ]);
    await d.apply();
    d.synth(declare(NICS.slice(0, 1), Convergence.TOGETHER, 'user'));
    await d.apply();
    expect(held(NICS)).toEqual(['nic-1']);
    expect(await d.plan()).toEqual([]);
    d.synth(declare([]));
    await d.apply();
    expect(held(NICS)).toEqual([]);
    expect(d.stateAddresses()).toEqual([]);
  });

  test('a rename does not detach', async () => {
    const named = (id: string) => (stack: TerraformStack) => {
      new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER });
      new NicAttachment(stack, id, { nicId: 'nic-1', instanceId: 'ins-1' });
    };
    d.synth(named('before'));
    await d.apply();
    d.synth(named('after'));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(await d.plan()).toEqual([]);
  });

  test.each<['the provider' | 'Terraform', NodeJS.Signals]>([
    ['the provider', 'SIGKILL'],
    ['Terraform', 'SIGKILL'],
    ['Terraform', 'SIGINT'],
  ])('nothing leaks and nothing is tainted if %s gets %s while converging', async (victim, signal) => {
    d.useProcesses();
    d.simulator.cloud.patch({ settings: { attachMs: [3000, 3000] } });
    const three = NICS.slice(0, 3);
    d.synth(declare(three));
    const apply = await d.start(['apply', '-auto-approve']);
    await eventually('the convergence has started', () =>
      apply.output().includes(`${CONVERGENCE}: Creating`),
    );
    const providers = descendants(apply.pid).filter(({ args }) => args.includes('terraform-provider-zec'));
    if (victim === 'Terraform') apply.kill(signal);
    else for (const { pid } of providers) process.kill(pid, signal);
    const { output } = await apply.finished;
    if (signal === 'SIGINT')
      expect(unwrap(output)).toMatch(/Interrupted before 3 of 3 vNICs were attached.*nic-1, nic-2, nic-3/);
    // OpenTofu writes its state at intervals. After a kill the state is empty, so an apply must adopt first.
    const forgets = IS_OPENTOFU && victim === 'Terraform' && signal === 'SIGKILL';
    expect([...d.stateAddresses()].sort()).toEqual(
      forgets ? [] : three.map((nic) => `zec_nic_attachment.${nic}`),
    );
    if (forgets) await d.apply('-lock=false');
    await d.terraform(['destroy', '-auto-approve', '-lock=false']);
    expect(three.map((nic) => d.nic(nic))).toEqual(three.map(() => 'AVAILABLE free'));
    expect(d.stateAddresses()).toEqual([]);
  });

  test('changing from EACH and back changes nothing in the cloud', async () => {
    d.synth(declare(['nic-1'], Convergence.EACH, 'user'));
    await d.apply();
    d.synth(declare(['nic-1'], Convergence.TOGETHER, 'user'));
    expect(await d.plan()).toEqual([
      { address: 'zec_nic_attachment.nic-1', actions: ['update'] },
      { address: CONVERGENCE, actions: ['create'] },
    ]);
    await d.apply();
    expect(await d.plan()).toEqual([]);
    d.synth(declare(['nic-1'], Convergence.EACH, 'user'));
    await d.apply();
    expect(await d.plan()).toEqual([]);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  describeSince(IMPORT_BLOCKS, 'imports', () => {
    test('waits for imported attachments too', async () => {
      d.simulator.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
      d.synth((stack) => {
        new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER });
        new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }).importFrom('nic-1');
        new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2' });
      });
      expect(await d.apply()).toContain('1 imported, 2 added, 1 changed, 0 destroyed');
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual(['Attach nic-2 ins-2']);
    });
  });

  test('a state of an earlier version, without wait and attached_at, plans no change', async () => {
    d.synth(declare(['nic-1', 'nic-2'], Convergence.EACH));
    await d.apply();
    const path = join(d.directory, 'terraform.tfstate');
    const state = JSON.parse(readFileSync(path, 'utf8')) as {
      resources: { instances: { attributes: Record<string, unknown> }[] }[];
    };
    for (const { attributes } of state.resources.flatMap(({ instances }) => instances)) {
      expect(attributes).toMatchObject({ wait: null, attached_at: expect.any(String) as unknown });
      delete attributes.wait;
      delete attributes.attached_at;
    }
    writeFileSync(path, JSON.stringify(state));
    expect(await d.plan()).toEqual([]);
  });
});
