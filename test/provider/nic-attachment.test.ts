import { readResultOf } from '../../lib/handler';
import type { ReadResult } from '../../lib/handler';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { readPrivate, stateOf } from '../../lib/provider/nic-attachment-state';
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
  wait: false,
  attached_at: '2026-01-01T00:00:00.000Z',
});

const attachedAt = Date.parse('2026-01-01T00:00:00.000Z');

/** Refreshes the state while successive reads of the API return `reads`. */
async function refresh(reads: readonly NicInfo[], { lagMs = 5_000, firstReport = true } = {}) {
  const waits: unknown[] = [];
  const remaining = [...reads];
  const fake = contextWith({
    tracker: { recordActivity: () => undefined, wasRead: () => undefined, firstReport: () => firstReport },
    lagMs: (endedAt: number | undefined) => (endedAt === attachedAt ? lagMs : 0),
    waitForConsistentReads: (endedAt: number | undefined) => Promise.resolve(void waits.push(endedAt)),
    read: () => Promise.resolve(readOf(remaining.shift() ?? nic('AVAILABLE'))),
  });
  const result = await nicAttachment.read(state, fake.context);
  return {
    result,
    waits: waits.filter((each) => each !== undefined),
    warnings: fake.diagnostics.map(({ summary }) => summary),
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
    'Two resources of this state manage the attachment of vNIC nic-1 to instance ins-1',
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
    return { created, options, privateState: readPrivate(context.privateState) };
  };

  test('with wait = false returns when the API has accepted the request', async () => {
    expect(await create(false)).toEqual({
      created: { ...state, attached_at: '2026-01-01T00:00:05.000Z' },
      options: ['requested'],
      privateState: {},
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
