import { readResultOf } from '../../lib/handler';
import type { ReadResult } from '../../lib/handler';
import { UNKNOWN } from '../../lib/plugin';
import type { PlannedValues } from '../../lib/plugin';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { readPrivate, stateOf, validateTimeout, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { nicAttachmentSchema, PrivateState } from '../../lib/provider/nic-attachment-state';
import { PlanTracker } from '../../lib/provider/plan-tracker';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { NicInfo } from '../../lib/zec/types';
import { instance as instanceIn, nic as nicIn } from '../simulator/worlds';
import { FakeClock } from '../support/fake-clock';
import { contextWith } from './fake-context';
import { ProviderRig, range, targetOfPair } from './rig';
import type { Pair, ProviderProcess } from './rig';

const target = { nicId: parseNicId('nic-1'), instanceId: parseInstanceId('ins-1') };
const instance = { instanceId: target.instanceId, zoneId: 'asia-east-1a', status: 'RUNNING', nics: [] };
const nic = (status: string, more: Partial<NicInfo> = {}): NicInfo => ({
  nicId: target.nicId,
  regionId: 'asia-east-1',
  nicType: 'Secondary',
  status,
  ...more,
});
const used = nic('USED', { instanceId: target.instanceId });

const readOf = (info: NicInfo): ReadResult =>
  readResultOf(target, { nic: info, instance: { ...instance, nics: info.status === 'USED' ? [info] : [] } });

const state = stateOf(target, used, {
  wait: false,
  attached_at: '2026-01-01T00:00:00.000Z',
});

const attachedAt = Date.parse('2026-01-01T00:00:00.000Z');

const trackerThat = (overrides: Partial<PlanTracker> = {}) =>
  Object.assign(new PlanTracker(new FakeClock()), overrides);

/** Refreshes the state while successive reads of the API return `reads`. */
async function refresh(reads: readonly NicInfo[], { lagMs = 5_000, firstReport = true } = {}) {
  const waits: unknown[] = [];
  const remaining = [...reads];
  const fake = contextWith({
    tracker: trackerThat({ firstReport: () => firstReport }),
    lagMs: (endedAt: number | undefined) => (endedAt === attachedAt ? lagMs : 0),
    waitForConsistentReads: (endedAt: number | undefined) => Promise.resolve(void waits.push(endedAt)),
    read: () => Promise.resolve(readOf(remaining.shift() ?? nic('AVAILABLE'))),
  });
  const result = await nicAttachment.read(state, fake.context);
  return {
    result,
    waits: waits.filter((each) => each !== undefined),
    warnings: fake.diagnostics.map(({ summary, detail = '' }) => `${summary}. ${detail}`),
  };
}

describe('a refresh soon after a create', () => {
  test('reports it as missing only after reads are consistent', async () => {
    const { result, waits } = await refresh([nic('AVAILABLE'), used]);
    expect(waits).toEqual([attachedAt]);
    expect(result).toEqual(state);
  });

  test('reports it as missing if it still is by then', async () => {
    expect(await refresh([nic('AVAILABLE'), nic('AVAILABLE')])).toMatchObject({
      result: null,
      waits: [attachedAt],
    });
  });

  test('does not wait if it is attached', async () => {
    expect(await refresh([used])).toEqual({ result: state, waits: [], warnings: [] });
  });
});

test('a refresh long after a create reports it as missing at once', async () => {
  expect(await refresh([nic('AVAILABLE'), used], { lagMs: 0 })).toMatchObject({ result: null, waits: [] });
});

test('a refresh warns of a second resource with the same attachment', async () => {
  const { result, warnings } = await refresh([used], { firstReport: false });
  expect(result).toEqual(state);
  expect(warnings).toEqual([
    'Two resources of this state manage the attachment of vNIC nic-1 to instance ins-1. ' +
      'A destroy of one of them detaches the vNIC for both. Before apply, remove the one that is no longer declared from ' +
      'the state: terraform state rm ADDRESS.',
  ]);
});

describe('a create', () => {
  const create = async (wait: boolean | null) => {
    const options: unknown[] = [];
    const clock = new FakeClock();
    const { context } = contextWith({
      clock,
      tracker: { markApplying: () => undefined },
      recentObservation: () => Promise.resolve(undefined),
      attachments: {
        create: (_: unknown, { until }: { readonly until?: string }) => {
          options.push(until);
          return clock.sleep(5_000).then(() => ({ ok: true, attachment: { nic: used }, adopted: false }));
        },
        offlineMs: () => undefined,
      },
    });
    const config = stateOf(target, undefined, { wait });
    const { state: created } = await clock.run(
      Promise.resolve(nicAttachment.create({ planned: config, config }, context)),
    );
    return { created, options, privateState: context.privateState };
  };

  test('with wait = false returns when the API has accepted the request', async () => {
    expect(await create(false)).toEqual({
      created: { ...state, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['requested'],
      privateState: new Uint8Array(),
    });
  });

  test.each([null, true])('with wait = %s returns when the vNIC and the instance agree', async (wait) => {
    expect(await create(wait)).toEqual({
      created: { ...state, wait, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['converged'],
      privateState: new Uint8Array(),
    });
  });
});

describe('a refresh in an account of many vNICs', () => {
  const pair: Pair = ['nic-0', 'ins-0'];
  const vanish = { nics: { 'nic-0': { status: 'AVAILABLE', instanceId: null } } };

  /** A process that has just read the list of all vNICs and instances. */
  const warmed = async (): Promise<[ProviderRig, ProviderProcess]> => {
    const rig = new ProviderRig({
      instances: range(5).map((index) => instanceIn(`ins-${index}`)),
      nics: range(5).map((index) => nicIn(`nic-${index}`, { instanceId: `ins-${index}` })),
    });
    const process = rig.process();
    for (const index of [1, 2, 3, 4]) await rig.run(process.read([`nic-${index}`, `ins-${index}`]));
    return [rig, process];
  };

  test('may use a list that is a few seconds old', async () => {
    const [rig, process] = await warmed();
    const before = rig.describes;
    rig.cloud.patch(vanish);
    expect(await rig.run(process.read(pair))).toBe(true);
    expect(rig.describes).toBe(before);
  });

  test('reads a tainted attachment itself', async () => {
    const [rig, process] = await warmed();
    rig.cloud.patch(vanish);
    const failedAt = rig.clock.wall() - 60_000;
    expect(await rig.run(process.read(pair, { privateState: { failedAt } }))).toBe(false);
  });
});

test('a refresh soon after a create does not take the second look from a list', async () => {
  const looks: boolean[] = [];
  const { context } = contextWith({
    tracker: trackerThat(),
    lagMs: () => 5_000,
    waitForConsistentReads: () => Promise.resolve(),
    read: (_: unknown, __: unknown, mayBeCached: boolean) => {
      looks.push(mayBeCached);
      return Promise.resolve(readOf(nic('AVAILABLE')));
    },
  });
  expect(await nicAttachment.read(state, context)).toBeNull();
  expect(looks).toEqual([true, false]);
});

test('a refresh long after a create on a machine whose clock was ahead waits a few seconds at most', async () => {
  const rig = new ProviderRig();
  const attached_at = new Date(rig.clock.wall() + 3_600_000).toISOString();
  const prior = stateOf(target, undefined, { attached_at });
  const context = { ...contextWith({}).context, client: rig.process().client };
  const read = Promise.resolve(nicAttachment.read(prior, context));
  expect(await rig.timed(read)).toBeLessThan(15_000);
  expect(await read).toBeNull();
});

describe('a refresh', () => {
  test('shows the current attributes of the vNIC', async () => {
    const renamed = nic('USED', { instanceId: target.instanceId, name: 'renamed' });
    expect((await refresh([renamed])).result).toEqual({ ...state, name: 'renamed' });
  });

  test('keeps the attributes while the instance lists a vNIC that the API does not show', async () => {
    const { context } = contextWith({
      tracker: trackerThat(),
      lagMs: () => 0,
      waitForConsistentReads: () => Promise.resolve(),
      read: () => {
        const listing = { ...instance, nics: [used] };
        return Promise.resolve(readResultOf(target, { nic: undefined, instance: listing }));
      },
    });
    const prior = stateOf(target, nic('USED', { name: 'storage' }));
    expect(await nicAttachment.read(prior, context)).toEqual(prior);
  });
});

describe('a plan', () => {
  type Planned = PlannedValues<typeof nicAttachmentSchema>;
  const at = (instanceId: string) => stateOf(targetOfPair(['nic-1', instanceId]));
  const stopped = () =>
    new ProviderRig({
      instances: [instanceIn('ins-1', { status: 'STOPPED' }), instanceIn('ins-2')],
      nics: [nicIn('nic-1', { instanceId: 'ins-1' })],
    });

  /** @returns what Terraform shows and stores */
  const plan = async (
    action: 'create' | 'update' | 'replace' | 'none',
    planned: Planned,
    {
      rig = new ProviderRig(),
      prior = action === 'create' ? null : at('ins-1'),
      stored = {},
      process = rig.process(),
    }: {
      rig?: ProviderRig;
      prior?: ReturnType<typeof stateOf> | null;
      stored?: PrivateState;
      process?: ProviderProcess;
    } = {},
  ) => {
    const fake = contextWith({});
    const context = { ...fake.context, client: process.client, privateState: writePrivate(stored) };
    const before = rig.describes;
    const result = await rig.run(
      Promise.resolve(nicAttachment.plan?.({ config: planned, prior, planned, action }, context)),
    );
    return {
      planned: result ?? planned,
      warnings: fake.diagnostics.map(({ summary }) => summary),
      privateState: readPrivate(context.privateState),
      requests: rig.describes - before,
    };
  };

  test('of a create shows the ID of the attachment', async () => {
    expect((await plan('create', { ...at('ins-1'), id: UNKNOWN })).planned).toEqual({
      ...at('ins-1'),
      preflight_error: UNKNOWN,
    });
  });

  test.each(['nic_id', 'instance_id'])('of a create with an unknown %s has an unknown ID', async (name) => {
    const { planned, warnings } = await plan('create', { ...at('ins-1'), [name]: UNKNOWN });
    expect(planned).toEqual({ ...at('ins-1'), [name]: UNKNOWN, id: UNKNOWN, preflight_error: UNKNOWN });
    expect(warnings).toEqual([]);
  });

  test('of creates with an unknown instance reads many vNICs from a list', async () => {
    const names = ['nic-1', 'nic-2', 'nic-3', 'nic-4'];
    const rig = new ProviderRig({ nics: names.map((name) => nicIn(name)) });
    const process = rig.process();
    const requests: number[] = [];
    for (const nic_id of names) {
      const planned = { ...at('ins-1'), nic_id, instance_id: UNKNOWN };
      requests.push((await plan('create', planned, { rig, process })).requests);
    }
    expect(requests).toEqual([1, 1, 1, 0]);
  });

  test('of an update clears the predicted error, and needs no request', async () => {
    const planned = { ...at('ins-1'), wait: false, preflight_error: UNKNOWN };
    expect(await plan('update', planned, { rig: stopped() })).toEqual({
      planned: { ...planned, preflight_error: null },
      warnings: [],
      privateState: {},
      requests: 0,
    });
  });

  test.each([null, true])(
    'without a change, with skip_destroy = %s, needs no request',
    async (skip_destroy) => {
      const prior = { ...at('ins-1'), skip_destroy };
      expect(await plan('none', prior, { rig: stopped(), prior })).toEqual({
        planned: prior,
        warnings: [],
        privateState: {},
        requests: 0,
      });
    },
  );

  test('of a replacement with skip_destroy does not say that the vNIC stays attached', async () => {
    const prior = { ...at('ins-2'), skip_destroy: true };
    const rig = new ProviderRig({ nics: [nicIn('nic-1', { instanceId: 'ins-2' })] });
    expect((await plan('replace', at('ins-1'), { rig, prior })).warnings).toEqual([]);
  });

  test('of a replacement is checked again after an apply that failed, and then once', async () => {
    const rig = stopped();
    const process = rig.process();
    const stored = { replacement: { target: 'nic-1:ins-9', error: 'Instance ins-9 does not exist' } };
    rig.cloud.patch({ instances: { 'ins-1': { status: 'RUNNING' } } });
    const first = await plan('replace', at('ins-2'), { rig, process, stored });
    expect(first.privateState).toEqual({ replacement: { target: 'nic-1:ins-2', needsRoom: true } });
    const second = await plan('create', at('ins-2'), { rig, process, stored: first.privateState });
    expect(second).toEqual({
      planned: { ...at('ins-2'), preflight_error: UNKNOWN },
      warnings: [],
      privateState: first.privateState,
      requests: 0,
    });
  });
});

test('log lines of an attachment name the vNIC, and an unknown status is a warning', async () => {
  const rig = new ProviderRig({ nics: [nicIn('nic-1')] });
  const { client } = rig.process();
  const { context, entries } = contextWith({});
  const run = async (work: () => unknown) => {
    entries.length = 0;
    await rig.run(Promise.resolve(work()));
    return [...entries];
  };
  const connected = Object.assign(context, { client });
  const config = stateOf(targetOfPair(['nic-1', 'ins-1']));
  rig.cloud.patch({ instances: { 'ins-1': { status: 'FUTURE_MOOD' } } });
  void rig.clock.sleep(5_000).then(() => {
    rig.cloud.patch({ instances: { 'ins-1': { status: 'RUNNING' } } });
  });
  const created = await run(() => nicAttachment.create({ planned: config, config }, connected));
  const infos = created.filter(({ level }) => level === 'info');
  expect(new Set(infos.map(({ nic_id, instance_id }) => [nic_id, instance_id].join()))).toEqual(
    new Set(['nic-1,ins-1']),
  );
  expect(new Set(created.filter(({ level }) => level === 'warn').map(({ message }) => message))).toEqual(
    new Set([
      'instance ins-1 has the status "FUTURE_MOOD", which this version does not recognize. A newer version may.',
    ]),
  );
  const line = (message: string) => [{ level: 'info', message, nic_id: 'nic-1' }];
  expect(await run(() => nicAttachment.delete(config, connected))).toEqual(
    line('now managed at another address; skipping detach'),
  );
  expect(await run(() => nicAttachment.delete({ ...config, skip_destroy: true }, connected))).toEqual(
    line('skip_destroy is set: the vNIC stays attached'),
  );
  const next = contextWith({});
  const nextContext = Object.assign(next.context, { client: rig.process().client });
  await rig.run(Promise.resolve(nicAttachment.delete(config, nextContext)));
  expect(new Set(next.entries.map(({ nic_id }) => nic_id))).toEqual(new Set(['nic-1']));
});

test('a timeout that is invalid is rejected with the format', () => {
  expect(validateTimeout('10m')).toBeUndefined();
  expect(validateTimeout('10')).toMatch(/^It must be .*10m/);
});
