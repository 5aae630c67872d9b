import type { ReadResult } from '../../lib/handler';
import { readResultOf } from '../../lib/handler';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { NOTHING_KEPT, stateOf } from '../../lib/provider/nic-attachment-state';
import { readPrivate, writePrivate } from '../../lib/provider/nic-attachment-state';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { NicInfo } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { contextWith } from './contexts';

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
  ...NOTHING_KEPT,
  wait: false,
  attached_at: '2026-01-01T00:00:00.000Z',
});

/** Reads the state where the API shows `reads`, one after the other. */
async function refreshed(reads: readonly NicInfo[], kept: Parameters<typeof writePrivate>[0]) {
  const settled: unknown[] = [];
  const left = [...reads];
  const { context } = contextWith({
    tracker: { recordActivity: () => undefined },
    settle: (endedAt: number | undefined) => Promise.resolve(void settled.push(endedAt)),
    read: () => Promise.resolve(readOf(left.shift() ?? nic('AVAILABLE'))),
  });
  context.privateState = writePrivate(kept);
  const result = await nicAttachment.read(state, context);
  return {
    result,
    settled: settled.filter((each) => each !== undefined),
    kept: readPrivate(context.privateState),
  };
}

describe('a refresh of an attachment whose create did not wait', () => {
  test('does not take it for gone before reads can no longer lag behind the attach', async () => {
    const { result, settled } = await refreshed([nic('AVAILABLE'), used], { acceptedAt: 1_000 });
    expect(settled).toEqual([1_000]);
    expect(result).toEqual(state);
  });

  test('finds it gone when it still is after that', async () => {
    expect(await refreshed([nic('AVAILABLE'), nic('AVAILABLE')], { acceptedAt: 1_000 })).toMatchObject({
      result: null,
      settled: [1_000],
    });
  });

  test('that finds it attached waits for nothing, then and later', async () => {
    expect(await refreshed([used], { acceptedAt: 1_000 })).toEqual({ result: state, settled: [], kept: {} });
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
      recent: () => Promise.resolve(undefined),
      attachments: {
        create: (_: unknown, given: { readonly until?: string }) => {
          options.push(given.until);
          return clock.sleep(5_000).then(() => ({ ok: true, attachment: { nic: used }, adopted: false }));
        },
      },
    });
    const config = stateOf(target, undefined, { ...NOTHING_KEPT, wait });
    const { state: made } = await clock.run(
      Promise.resolve(nicAttachment.create({ planned: config, config }, context)),
    );
    return { made, options, kept: readPrivate(context.privateState) };
  };

  test('that does not wait ends when the API has accepted it, and remembers when', async () => {
    expect(await create(false)).toEqual({
      made: { ...state, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['requested'],
      kept: { acceptedAt: Date.UTC(2026, 0, 1, 0, 0, 5) },
    });
  });

  test.each([null, true])('with wait = %s ends when both views agree', async (wait) => {
    expect(await create(wait)).toEqual({
      made: { ...state, wait, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['converged'],
      kept: {},
    });
  });
});
