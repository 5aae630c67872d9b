import { OperationError } from '../../lib/handler';
import { describeError, ProviderClient } from '../../lib/provider/client';
import { instance as instanceData, nic as nicData } from '../../lib/provider/data-sources';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf } from '../../lib/provider/nic-attachment-state';
import { ZecResponseError } from '../../lib/zec/errors';
import { InvalidIdError } from '../../lib/zec/ids';
import { InFlightMemory } from '../../lib/zec/in-flight';
import { SettingsError } from '../../lib/zec/settings';
import type { ZecSettings } from '../../lib/zec/settings';
import { instance, nic } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { inParallel } from '../support/workers';
import { contextWith } from './fake-context';
import { ProviderProcess, ProviderRig, range, targetOfPair } from './rig';
import type { Pair } from './rig';

const pairs = range(100).map((index): Pair => [`nic-${index}`, `ins-${Math.floor(index / 5)}`]);
const fleet = {
  instances: range(20).map((index) => instance(`ins-${index}`)),
  nics: pairs.map(([nicId = '', instanceId]) => nic(nicId, { instanceId })),
};
const never = () => new AbortController().signal;
const free = { status: 'AVAILABLE', instanceId: null };

describe('reads of many attachments in one process', () => {
  test('a hundred concurrent reads take one request for vNICs and one for instances', async () => {
    const rig = new ProviderRig(fleet);
    const process = rig.process();
    const exist = await rig.run(Promise.all(pairs.map((pair) => process.read(pair))));
    expect(exist).toEqual(pairs.map(() => true));
    expect(rig.describes).toBe(2);
  });

  test('detect the one drifted attachment when the others come from a list', async () => {
    const rig = new ProviderRig(fleet);
    rig.cloud.patch({ nics: { 'nic-77': free } });
    const process = rig.process();
    const exist = await rig.run(inParallel(pairs, 10, (pair) => process.read(pair)));
    expect(exist.flatMap((each, index) => (each ? [] : [index]))).toEqual([77]);
  });

  test('do not use a list while a plan is being applied', async () => {
    const rig = new ProviderRig(fleet);
    const process = rig.process();
    await rig.run(inParallel(pairs, 10, (pair) => process.read(pair)));
    rig.cloud.patch({ nics: { 'nic-5': free } });
    expect(await rig.run(process.read(['nic-5', 'ins-1']))).toBe(true);
    process.client.tracker.markApplying();
    expect(await rig.run(process.read(['nic-5', 'ins-1']))).toBe(false);
  });

  test('wait for a detach in progress, for at most ten seconds', async () => {
    const rig = new ProviderRig({ settings: { detachMs: [3_000, 3_000] } });
    rig.cloud.handle('DetachNetworkInterface', { nicId: 'nic-2' });
    expect(await rig.run(rig.process().read(['nic-2', 'ins-2']))).toBe(false);
    const stuck = new ProviderRig({ settings: { detachMs: [600_000, 600_000] } });
    stuck.cloud.handle('DetachNetworkInterface', { nicId: 'nic-2' });
    const read = stuck.process().read(['nic-2', 'ins-2']);
    expect(await stuck.timed(expect(read).resolves.toBe(true))).toBeLessThan(12_000);
  });

  test('can be interrupted one by one', async () => {
    const rig = new ProviderRig({ ...fleet, settings: { detachMs: [3_000, 3_000] } });
    rig.cloud.handle('DetachNetworkInterface', { nicId: 'nic-0' });
    const signal = rig.stopAfter(1_000);
    const process = rig.process();
    const interrupted = process.read(['nic-0', 'ins-0'], { signal });
    const other = process.read(['nic-0', 'ins-0']);
    expect(await rig.timed(expect(interrupted).rejects.toThrow('stop'))).toBeLessThan(1_100);
    expect(await rig.run(other)).toBe(false);
  });

  test('share a request while they wait for the rate limiter', async () => {
    const rig = new ProviderRig(fleet, (api, clock) => ({ ...api, waitForRead: () => clock.sleep(2_000) }));
    const process = rig.process();
    const reads = pairs.slice(0, 2).map((pair, index) => rig.after(1_000 * index, () => process.read(pair)));
    expect(await rig.run(Promise.all(reads))).toEqual([true, true]);
    expect(rig.describes).toBe(2);
  });

  test.each(['listNics', 'nicPages'] as const)('of lists (%s) can be interrupted', async (method) => {
    const rig = new ProviderRig(fleet);
    rig.cloud.faults.set([{ kind: 'hang' }]);
    const { client } = rig.process();
    const signal = rig.stopAfter(1_000);
    const list = async () => {
      if (method === 'listNics') await client.listNics({}, 1_000, signal);
      else for await (const _ of client.nicPages({}, signal));
    };
    expect(await rig.timed(expect(list()).rejects.toThrow('stop'))).toBeLessThan(1_100);
  });

  test('after a failed create wait until reads are consistent', async () => {
    const rig = new ProviderRig();
    const failedAt = rig.clock.wall();
    const read = rig.process().read(['nic-1', 'ins-1'], { privateState: { failedAt } });
    expect(await rig.timed(read)).toBeGreaterThanOrEqual(5_000);
    const later = rig.process().read(['nic-1', 'ins-1'], { privateState: { failedAt } });
    expect(await rig.timed(later)).toBeLessThan(1_000);
  });
});

describe('the client of a process', () => {
  test('resolves its settings and connects once, on first use', async () => {
    const rig = new ProviderRig(fleet);
    const [resolved, connected]: [unknown[], unknown[]] = [[], []];
    const resolve = () => {
      resolved.push(0);
      return {} as ZecSettings;
    };
    const client = new ProviderClient({ preflight: true, resolve }, rig.clock, (settings) => {
      connected.push(settings);
      return { api: cloudApi(rig.cloud, rig.clock), inFlight: new InFlightMemory(rig.clock) };
    });
    expect(resolved).toEqual([]);
    const context = { ...contextWith({}).context, client };
    await rig.run(
      Promise.all([
        client.read(targetOfPair(['nic-1', 'ins-0']), never(), true),
        client.preview(targetOfPair(['nic-2', 'ins-0']), never()),
        new ProviderProcess(client).delete(['nic-3', 'ins-0']),
        nicData.read({ nic_id: 'nic-4' }, context),
        instanceData.read({ instance_id: 'ins-0' }, context),
      ]),
    );
    expect([resolved.length, connected.length]).toEqual([1, 1]);
    expect(rig.nic('nic-3')).toBe('AVAILABLE');
  });

  test('is separate for each provider configuration: one may detach what another adopted', async () => {
    const rig = new ProviderRig();
    const [first, second] = [rig.process(), rig.process()];
    await rig.run(first.create(['nic-2', 'ins-2']));
    await rig.run(first.delete(['nic-2', 'ins-2']));
    expect(rig.nic('nic-2')).toBe('USED ins-2');
    await rig.run(second.delete(['nic-2', 'ins-2']));
    expect(rig.nic('nic-2')).toBe('AVAILABLE');
  });

  test('reports invalid settings on the first call that needs the API', async () => {
    const resolve = () => {
      throw new SettingsError('no such profile');
    };
    const rig = new ProviderRig();
    const { client } = rig.process({ resolve });
    const read = client.read(targetOfPair(['nic-1', 'ins-1']), never(), true);
    await expect(read).rejects.toThrow('no such profile');
    expect(() => client.attachments).toThrow('no such profile');
    const recent = client.recentObservation(targetOfPair(['nic-1', 'ins-1']), never());
    await expect(recent).rejects.toThrow('no such profile');
  });

  test('sends an attach without a read if a recent list allows it and the create does not wait', async () => {
    const rig = new ProviderRig({ ...fleet, nics: [...fleet.nics, nic('free')] });
    const process = rig.process();
    await rig.run(inParallel(pairs, 10, (pair) => process.read(pair)));
    const before = rig.describes;
    const config = { ...stateOf(targetOfPair(['free', 'ins-0'])), wait: false };
    const context = { ...contextWith({}).context, client: process.client };
    await rig.run(Promise.resolve(nicAttachment.create({ planned: config, config }, context)));
    expect([rig.changes, rig.describes - before]).toEqual([['Attach free ins-0'], 0]);
  });

  test('returns no recent observation if the API is unavailable', async () => {
    const rig = new ProviderRig();
    rig.cloud.faults.set([{ action: 'DescribeNetworkInterfaces', kind: 'malformed' }]);
    const { client } = rig.process();
    expect(
      await rig.run(client.recentObservation(targetOfPair(['nic-1', 'ins-1']), never())),
    ).toBeUndefined();
  });
});

test.each<[Error, string, string | RegExp | undefined]>([
  [new SettingsError('no such profile'), 'Invalid provider configuration', 'no such profile'],
  [new InvalidIdError('vNIC', 'a b'), new InvalidIdError('vNIC', 'a b').message.slice(0, -1), undefined],
  [
    new ZecResponseError('no JSON.', {
      action: 'AttachNetworkInterface',
      kind: 'transient',
      outcome: 'unknown',
    }),
    'no JSON',
    undefined,
  ],
  [
    new OperationError({
      reason: 'timeout',
      goal: 'attach',
      target: targetOfPair(['nic-1', 'ins-1']),
      summary: 'it took too long',
      advice: 'Try again.',
      leftBehind: 'nothing',
      observed: [],
      requestIds: [],
    }),
    'vNIC nic-1 was not attached to instance ins-1: it took too long',
    /What to do: Try again\./,
  ],
])('converts an error to a summary without a full stop, and a detail: %s', (error, summary, detail) => {
  const described = describeError(error);
  expect(described?.summary).toBe(summary);
  expect(described?.detail ?? '').toMatch(detail ?? /^$/);
});

test('leaves an unexpected error to the plugin server', () => {
  expect(describeError(new Error('what?'))).toBeUndefined();
});
