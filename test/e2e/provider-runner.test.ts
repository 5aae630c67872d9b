import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataResource, TerraformOutput, TerraformVariable } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { NicAttachment, ProviderRunner, Scheme } from '../../lib';
import type { WorldPatch } from '../../lib/simulator';
import { descendants, eventually, isRunning } from '../support/processes';
import { describeSince, describeWithTerraform, IMPORT_BLOCKS } from '../support/terraform';
import { ACCESS_KEY_PASSWORD, Deployment, unwrap } from './deployment';
import type { InitialWorld } from './deployment';
import { lifecycleTests } from './lifecycle';

const context = { 'zec:runner': 'provider' };
const world: InitialWorld = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};
const web = (stack: TerraformStack) =>
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });

describeWithTerraform('the provider runner', () => {
  lifecycleTests({
    context,
    keepRunner: (stack) => ProviderRunner.of(stack),
    handlerProcess: 'terraform-provider-zec',
    afterKill: 'apply',
  });
});

describeWithTerraform('two provider runners, one of which is removed with its attachment', () => {
  let here: Deployment;
  let there: Deployment;
  beforeEach(async () => {
    here = await Deployment.fast(world, context);
    there = await Deployment.start(
      { instances: [{ instanceId: 'ins-there' }], nics: [{ nicId: 'nic-there' }] },
      context,
    );
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  const runners = {
    here: (stack: TerraformStack) => {
      const runner = new ProviderRunner(stack, 'here');
      new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', runner });
    },
    there: (stack: TerraformStack) => {
      const domain = new URL(there.simulator.endpoint).host;
      const runner = new ProviderRunner(stack, 'there', { domain, scheme: Scheme.HTTP });
      new NicAttachment(stack, 'db', { nicId: 'nic-there', instanceId: 'ins-there', runner });
    },
  };
  /** Deploys both, then only one of them. */
  const keepOnly = async (kept: keyof typeof runners, removed: keyof typeof runners) => {
    here.synth((stack) => {
      runners[removed](stack);
      runners[kept](stack);
    });
    await here.apply();
    expect([here.nic('nic-1'), there.nic('nic-there')]).toEqual(['USED ins-1', 'USED ins-there']);
    here.synth(runners[kept]);
    await here.initialize();
    return here.terraform(['apply', '-auto-approve']);
  };

  test('is detached in the account of the environment', async () => {
    expect(await keepOnly('there', 'here')).toMatchObject({ code: 0 });
    expect([here.nic('nic-1'), there.nic('nic-there')]).toEqual(['AVAILABLE free', 'USED ins-there']);
    expect(here.stateAddresses()).toEqual(['zec_nic_attachment.nic-there']);
  });

  test('stays in the state if the runner has an account or endpoint of its own', async () => {
    const { code, output } = await keepOnly('here', 'there');
    expect([code, unwrap(output)]).toEqual([
      1,
      expect.stringContaining('Provider configuration not present'),
    ]);
    expect(here.stateAddresses()).toEqual(['zec_nic_attachment.nic-1', 'zec_nic_attachment.nic-there']);
  });
});

describeWithTerraform('drift under the provider runner', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(world, context);
    d.synth(web);
    await d.apply();
  });
  afterEach(() => d.close());

  const used = (instanceId: string) => ({ status: 'USED', instanceId });
  const free = { status: 'AVAILABLE', instanceId: null };

  test('a vNIC detached by hand shows in the plan, and an apply attaches it again', async () => {
    d.simulator.cloud.patch({ nics: { 'nic-1': free } });
    const { output } = await d.terraform(['plan']);
    expect(unwrap(output)).toMatch(
      /zec_nic_attachment\.nic-1 will be created.*1 to add.*vNIC nic-1 is no longer attached to an instance/,
    );
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
  });

  test('a vNIC moved by hand causes a warning, and neither apply nor destroy modifies it', async () => {
    d.simulator.cloud.patch({ nics: { 'nic-1': used('ins-2') } });
    const { output } = await d.terraform(['plan']);
    expect(unwrap(output)).toContain('vNIC nic-1 is now attached to instance ins-2');
    expect((await d.terraform(['apply', '-auto-approve'])).code).toBe(1);
    expect(d.nic('nic-1')).toBe('USED ins-2');
    await d.destroy();
    expect(d.nic('nic-1')).toBe('USED ins-2');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  test.each<[string, WorldPatch]>([
    ['vNIC', { nics: { 'nic-1': null } }],
    ['instance', { instances: { 'ins-1': null } }],
  ])('a destroy does nothing if the %s no longer exists', async (_, patch) => {
    d.simulator.cloud.patch(patch);
    await eventually('nothing holds the vNIC', () => /gone|AVAILABLE/.test(d.nic('nic-1')));
    await d.destroy();
    expect(d.stateAddresses()).toEqual([]);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  test('a refresh waits for a detach in progress', async () => {
    d.simulator.cloud.patch({ settings: { detachMs: [1500, 1500] } });
    d.simulator.cloud.handle('DetachNetworkInterface', { nicId: 'nic-1' });
    expect((await d.plan()).map(({ actions }) => actions)).toEqual([['create']]);
  });

  test('a destroy fails while the instance is stopped, and keeps the state', async () => {
    d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'STOPPED' } } });
    const { code, output } = await d.terraform(['destroy', '-auto-approve']);
    expect(code).toBe(1);
    expect(unwrap(output)).toMatch(/instance ins-1 is STOPPED.*only from a running instance/);
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1']);
  });
});

describeWithTerraform('features of the provider runner', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(world, context);
  });
  afterEach(() => d.close());

  const attachByHand = async (nicId: string, instanceId: string) => {
    d.simulator.cloud.handle('AttachNetworkInterface', { nicId, instanceId });
    await eventually('it is attached', () => d.nic(nicId) === `USED ${instanceId}`);
  };

  test('exports addresses, region and networks', async () => {
    d.synth((stack) => {
      const resource = web(stack).node.findChild('Resource') as unknown as {
        getStringAttribute(name: string): string;
      };
      new TerraformOutput(stack, 'mac', { value: resource.getStringAttribute('mac_address') });
      new TerraformOutput(stack, 'region', { value: resource.getStringAttribute('region_id') });
    });
    const log = await d.apply();
    expect(log).toMatch(/mac = "02(:[0-9a-f]{2}){5}"/);
    expect(log).toContain('region = "asia-east-1"');
  });

  test('changed timeouts are an in-place update without requests', async () => {
    d.synth(web);
    await d.apply();
    d.synth(
      (stack) =>
        new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', timeouts: { delete: '1h' } }),
    );
    expect((await d.plan()).map(({ actions }) => actions)).toEqual([['update']]);
    await d.apply();
    expect(await d.plan()).toEqual([]);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  describeSince(IMPORT_BLOCKS, 'imports', () => {
    test.each(['nic-1:ins-1', 'nic-1'])('imports %s, after which the plan is empty', async (id) => {
      await attachByHand('nic-1', 'ins-1');
      d.synth((stack) => web(stack).importFrom(id));
      expect(await d.apply()).toContain('1 imported, 0 added, 0 changed, 0 destroyed');
      d.synth(web);
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    });

    test.each([
      ['nic-0:ins-1', /vNIC nic-0 does not exist/],
      ['nic-1:ins-1', /vNIC nic-1 is not attached to an instance/],
      ['nic-1', /vNIC nic-1 is not attached to an instance/],
      ['nic-2:ins-1', /vNIC nic-2 is attached to instance ins-2, not to ins-1/],
    ])('an import of %s fails if it does not exist', async (id, message) => {
      await attachByHand('nic-2', 'ins-2');
      d.synth((stack) => web(stack).importFrom(id));
      const { code, output } = await d.terraform(['plan']);
      expect(code).toBe(1);
      expect(unwrap(output)).toMatch(message);
    });

    test('an import of a primary vNIC fails, because it could never be destroyed', async () => {
      await attachByHand('nic-1', 'ins-1');
      d.simulator.cloud.patch({ nics: { 'nic-1': { nicType: 'Primary' } } });
      d.synth((stack) => web(stack).importFrom('nic-1:ins-1'));
      const { code, output } = await d.terraform(['plan']);
      expect([code, unwrap(output)]).toEqual([1, expect.stringContaining('vNIC nic-1 is a primary vNIC')]);
      expect(d.recorded()).toEqual({});
    });
  });

  test('adopts an existing attachment with a warning', async () => {
    await attachByHand('nic-1', 'ins-1');
    d.synth(web);
    expect(unwrap(await d.apply())).toContain('vNIC nic-1 was already attached to instance ins-1');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  /** The ID of nic-1 as a reference, so that the resource is named after the path of its construct. */
  const reference = (stack: TerraformStack) =>
    new TerraformVariable(stack, 'nic', { type: 'string', default: 'nic-1' }).stringValue;

  test('another path of the construct is no change, and a resource named after its path moves', async () => {
    d.synth((stack) => new NicAttachment(stack, 'web', { nicId: reference(stack), instanceId: 'ins-1' }));
    await d.apply();
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.web']);
    d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
    expect(await d.plan()).toEqual([]);
    expect(await d.apply()).toContain('0 added, 0 changed, 0 destroyed');
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1']);
    d.synth((stack) => {
      const scope = new Construct(stack, 'storage');
      new NicAttachment(scope, 'fast', { nicId: 'nic-1', instanceId: 'ins-1' });
    });
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  test('a rename does not detach if the create comes first', async () => {
    const slow = (stack: TerraformStack, forEach: object) => {
      const block = new DataResource(stack, 'slow', {});
      block.addOverride('for_each', forEach);
      block.addOverride('provisioner', [{ 'local-exec': { when: 'destroy', command: 'sleep 2' } }]);
      return block;
    };
    d.synth((stack) => {
      const before = new NicAttachment(stack, 'before', { nicId: reference(stack), instanceId: 'ins-1' });
      slow(stack, { one: 1 }).node.addDependency(before);
    });
    await d.apply();
    // The old resource is destroyed after a slow one, so the new resource is created first.
    d.synth((stack) => {
      slow(stack, {});
      new NicAttachment(stack, 'after', { nicId: reference(stack), instanceId: 'ins-1' });
    });
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.after']);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    expect(await d.plan()).toEqual([]);
  });

  test('Ctrl-C ends an apply immediately and leaves a tainted resource, which a destroy detaches', async () => {
    d.useProcesses();
    d.simulator.cloud.patch({ settings: { attachMs: [4000, 4000] } });
    d.synth(web);
    const apply = await d.start(['apply', '-auto-approve']);
    await eventually('nic-1 is ATTACHING', () => d.nic('nic-1') === 'ATTACHING ins-1');
    apply.kill('SIGINT');
    const { code, output } = await apply.finished;
    expect(code).toBe(1);
    expect(d.nic('nic-1')).toBe('ATTACHING ins-1');
    expect(unwrap(output)).toMatch(/interrupted; last read:/);
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1 (tainted)']);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
  });

  test('the provider exits when Terraform is killed, and the next apply converges', async () => {
    d.useProcesses();
    d.simulator.cloud.patch({ settings: { attachMs: [1500, 1500] } });
    d.synth(web);
    const apply = await d.start(['apply', '-auto-approve']);
    await eventually('nic-1 is ATTACHING', () => d.nic('nic-1') === 'ATTACHING ins-1');
    const below = descendants(apply.pid).map(({ pid }) => pid);
    apply.kill('SIGKILL');
    await apply.finished;
    await eventually('all processes have exited', () => below.every((pid) => !isRunning(pid)));
    await d.apply('-lock=false');
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  test('secrets appear in no plan, state, log or error, even with TF_LOG=TRACE', async () => {
    d.useProcesses();
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec', { token: '${var.token}' });
      stack.addOverride('variable', { token: { sensitive: true, type: 'string' } });
      web(stack);
    });
    const trace = {
      TF_LOG: 'TRACE',
      TF_LOG_PATH: join(d.subfolder('logs'), 'trace.log'),
      TF_VAR_token: 'RECOGNISABLETOKEN',
      ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'RECOGNISABLEPASSWORD',
    };
    const first = await d.terraform(['apply', '-auto-approve'], trace);
    d.simulator.cloud.patch({ credentials: [{ token: 'RECOGNISABLETOKEN' }] });
    const second = await d.terraform(['apply', '-auto-approve'], trace);
    expect([first.code, second.code]).toEqual([1, 0]);
    const log = readFileSync(trace.TF_LOG_PATH, 'utf8');
    expect(log).toContain('sending the attach request');
    const places = [...d.files(), { path: 'output', text: first.output + second.output }];
    for (const secret of ['RECOGNISABLETOKEN', 'RECOGNISABLEPASSWORD', ACCESS_KEY_PASSWORD]) {
      expect(places.filter(({ text }) => text.includes(secret)).map(({ path }) => path)).toEqual([]);
    }
  });
});
