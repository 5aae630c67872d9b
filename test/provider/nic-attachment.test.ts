import { readResultOf } from '../../lib/handler';
import type { ReadResult } from '../../lib/handler';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { NO_STATE_ONLY, readPrivate, stateOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { NicInfo } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { contextWith } from './fake-context';

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
  ...NO_STATE_ONLY,
  wait: false,
  attached_at: '2026-01-01T00:00:00.000Z',
});

/** Refreshes the state while successive reads of the API return `reads`. */
async function refresh(reads: readonly NicInfo[], privateState: Parameters<typeof writePrivate>[0]) {
  const waits: unknown[] = [];
  const remaining = [...reads];
  const { context } = contextWith({
    tracker: { recordActivity: () => undefined },
    waitForConsistentReads: (endedAt: number | undefined) => Promise.resolve(void waits.push(endedAt)),
    read: () => Promise.resolve(readOf(remaining.shift() ?? nic('AVAILABLE'))),
  });
  context.privateState = writePrivate(privateState);
  const result = await nicAttachment.read(state, context);
  return {
    result,
    waits: waits.filter((each) => each !== undefined),
    privateState: readPrivate(context.privateState),
  };
}

describe('a refresh after a create that did not wait', () => {
  test('reports it as missing only after reads are consistent', async () => {
    const { result, waits } = await refresh([nic('AVAILABLE'), used], { acceptedAt: 1_000 });
    expect(waits).toEqual([1_000]);
    expect(result).toEqual(state);
  });

  test('reports it as missing if it still is by then', async () => {
    expect(await refresh([nic('AVAILABLE'), nic('AVAILABLE')], { acceptedAt: 1_000 })).toMatchObject({
      result: null,
      waits: [1_000],
    });
  });

  test('does not wait if it is attached, then or later', async () => {
    expect(await refresh([used], { acceptedAt: 1_000 })).toEqual({
      result: state,
      waits: [],
      privateState: {},
    });
  });
});

describe('a create', () => {
  const create = async (wait: boolean | null) => {
    const options: unknown[] = [];
    const clock = new FakeClock();
    const { context } = contextWith({
      clock,
      tracker: { markApplying: () => undefined },
      parallelism: { run: (work: () => unknown) => work() },
      recentObservation: () => Promise.resolve(undefined),
      attachments: {
        offlineMs: () => undefined,
        create: (_: unknown, { until }: { readonly until?: string }) => {
          options.push(until);
          return clock.sleep(5_000).then(() => ({ ok: true, attachment: { nic: used }, adopted: false }));
        },
      },
    });
    const config = stateOf(target, undefined, { ...NO_STATE_ONLY, wait });
    const { state: created } = await clock.run(
      Promise.resolve(nicAttachment.create({ planned: config, config }, context)),
    );
    return { created, options, privateState: readPrivate(context.privateState) };
  };

  test('with wait = false returns when the API has accepted the request, and stores when', async () => {
    expect(await create(false)).toEqual({
      created: { ...state, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['requested'],
      privateState: { acceptedAt: Date.UTC(2026, 0, 1, 0, 0, 5) },
    });
  });

  test.each([null, true])('with wait = %s returns when the vNIC and the instance agree', async (wait) => {
    expect(await create(wait)).toEqual({
      created: { ...state, wait, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['converged'],
      privateState: {},
    });
  });
});
