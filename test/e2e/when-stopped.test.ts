import type { TerraformStack } from 'cdktf';
import { NicAttachment, ProviderRunner, WhenStopped } from '../../lib';
import { descendants, eventually } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';
import { Deployment, unwrap } from './deployment';

describeWithTerraform('a destroy of attachments of a STOPPED instance', () => {
  let d: Deployment;

  /** Attaches `nic-1` and `nic-2` to `ins-1`, which is then stopped. */
  const begin = async (whenStopped: WhenStopped, settings: object = {}) => {
    d = await Deployment.fast(
      {
        instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
        nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
        settings: { instanceMs: [500, 500], ...settings },
      },
      { 'zec:runner': 'provider' },
    );
    d.synth(attachedTo('ins-1', whenStopped));
    await d.apply();
    d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'STOPPED' } } });
  };
  const attachedTo = (instanceId: string, whenStopped: WhenStopped) => (stack: TerraformStack) => {
    for (const nicId of ['nic-1', 'nic-2'])
      new NicAttachment(stack, nicId, { nicId, instanceId, whenStopped });
  };
  afterEach(() => d.close());

  const status = () =>
    d.simulator.cloud.world().instances.find(({ instanceId }) => instanceId === 'ins-1')?.status;
  const powerRequests = () =>
    d.simulator.cloud
      .requests()
      .map(({ action }) => action)
      .filter((action) => action === 'StartInstances' || action === 'StopInstances');
  const destroyPlan = async () => unwrap((await d.terraform(['plan', '-destroy'])).output);

  test('with START starts it once, detaches both vNICs, and stops it once', async () => {
    await begin(WhenStopped.START);
    expect(await destroyPlan()).toMatch(
      /Warning: Instance ins-1 is STOPPED .* when_stopped is START: .* starts the instance, detaches .* stops the instance again/,
    );
    expect(powerRequests()).toEqual([]);
    expect(await d.destroy()).not.toContain('Warning: Instance ins-1 may');
    expect([d.nic('nic-1'), d.nic('nic-2'), status(), powerRequests(), d.stateAddresses()]).toEqual([
      'AVAILABLE free',
      'AVAILABLE free',
      'STOPPED',
      ['StartInstances', 'StopInstances'],
      [],
    ]);
  });

  test('with LEAVE forgets them with a warning, and a move fails', async () => {
    await begin(WhenStopped.LEAVE);
    const sent = d.changes.length;
    d.synth(attachedTo('ins-2', WhenStopped.LEAVE));
    const moved = await d.terraform(['apply', '-auto-approve']);
    expect([moved.code, unwrap(moved.output)]).toEqual([1, expect.stringContaining('ins-1 is STOPPED')]);
    expect(await destroyPlan()).toMatch(
      /Warning: Instance ins-1 is STOPPED .* when_stopped is LEAVE: .* stays attached/,
    );
    expect(unwrap(await d.destroy())).toMatch(
      /Warning: A vNIC stays attached, because its instance is STOPPED and when_stopped is LEAVE/,
    );
    expect([d.nic('nic-1'), d.nic('nic-2'), status(), d.stateAddresses()]).toEqual([
      'USED ins-1',
      'USED ins-1',
      'STOPPED',
      [],
    ]);
    expect([d.changes.length, powerRequests()]).toEqual([sent, []]);
  });

  test('with START moves them', async () => {
    await begin(WhenStopped.START);
    d.synth(attachedTo('ins-2', WhenStopped.START));
    await d.apply();
    expect([d.nic('nic-1'), d.nic('nic-2'), status()]).toEqual(['USED ins-2', 'USED ins-2', 'STOPPED']);
  });

  test('with START stops it again after an interruption', async () => {
    await begin(WhenStopped.START, { detachMs: [60_000, 60_000] });
    d.useProcesses();
    const destroy = await d.start(['destroy', '-auto-approve']);
    await eventually('nic-1 is DETACHING', () => d.nic('nic-1').startsWith('DETACHING'));
    destroy.kill('SIGINT');
    expect((await destroy.finished).code).toBe(1);
    expect([status(), d.stateAddresses().length]).toEqual(['STOPPED', 2]);
  });

  test('with START leaves it running if the provider is killed, and the next destroy detaches', async () => {
    await begin(WhenStopped.START, { detachMs: [3_000, 3_000] });
    d.useProcesses();
    const destroy = await d.start(['destroy', '-auto-approve']);
    await eventually('nic-1 is DETACHING', () => d.nic('nic-1').startsWith('DETACHING'));
    const providers = descendants(destroy.pid).filter(({ args }) => args.includes('terraform-provider-zec'));
    for (const { pid } of providers) process.kill(pid, 'SIGKILL');
    expect((await destroy.finished).code).toBe(1);
    expect(status()).toBe('RUNNING');
    await d.destroy();
    expect([d.nic('nic-1'), d.nic('nic-2'), status(), powerRequests()]).toEqual([
      'AVAILABLE free',
      'AVAILABLE free',
      'RUNNING',
      ['StartInstances'],
    ]);
  });

  test('with START whose stop fails succeeds with a warning', async () => {
    await begin(WhenStopped.START);
    d.simulator.cloud.faults.set([
      { action: 'StopInstances', kind: 'status', status: 403, code: 'AUTHFAILURE_UNAUTHORIZED_OPERATION' },
    ]);
    expect(unwrap(await d.destroy())).toMatch(
      /Warning: Instance ins-1 may have been left running .*StopInstances failed: AUTHFAILURE_UNAUTHORIZED_OPERATION.*requestId T.* Check it in the Zenlayer console/,
    );
    expect([d.nic('nic-1'), status(), d.stateAddresses()]).toEqual(['AVAILABLE free', 'RUNNING', []]);
  });

  test('with FAIL fails, and can be changed in place to START', async () => {
    await begin(WhenStopped.FAIL);
    const { code, output } = await d.terraform(['destroy', '-auto-approve']);
    expect([code, unwrap(output)]).toEqual([1, expect.stringContaining('ins-1 is STOPPED')]);
    d.synth(attachedTo('ins-1', WhenStopped.START));
    expect(await d.apply()).toContain('0 added, 2 changed, 0 destroyed');
    d.synth((stack) => new ProviderRunner(stack, 'zec'));
    await d.apply();
    expect([d.nic('nic-1'), d.nic('nic-2'), status()]).toEqual([
      'AVAILABLE free',
      'AVAILABLE free',
      'STOPPED',
    ]);
  });
});
