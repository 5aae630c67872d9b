import { NicAttachmentHandler } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { Random } from '../../lib/simulator/random';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { Pace } from '../../lib/zec/pace';
import { Pacer } from '../../lib/zec/pacer';
import type { PaceStore } from '../../lib/zec/pacer';
import { world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { pacedApi } from '../support/paced-api';

const ATTACHMENTS = 50;
const PARALLEL = 10;

/** What processes on one machine share. */
class SharedPace implements PaceStore {
  private pace: Pace | undefined;

  public load(): Pace | undefined {
    return this.pace;
  }

  public save(pace: Pace): void {
    this.pace = pace;
  }

  public alone<T>(work: () => T): T {
    return work();
  }
}

/** Fifty attachments, ten at a time, in a cloud that admits so many requests a second. */
async function attachAll(
  perSecond: number,
  pipelines: number,
  pace: 'one process' | 'a process each, which share the pace' | 'a process each, alone',
  seed = 1,
) {
  const clock = new FakeClock();
  const random = new Random(seed, pace);
  const next = () => random.next();
  const total = ATTACHMENTS * pipelines;
  const ids = Array.from({ length: total }, (_, index) => index);
  const cloud = new Cloud({
    now: () => clock.wall(),
    world: world({
      instances: ids.map((at) => ({ instanceId: `ins-${at}`, zoneId: 'asia-east-1a', status: 'RUNNING' })),
      nics: ids.map((at) => ({
        nicId: `nic-${at}`,
        regionId: 'asia-east-1',
        nicType: 'Secondary',
        status: 'AVAILABLE',
      })),
      settings: { rateLimitPerSecond: perSecond },
    }),
  });
  const api = cloudApi(cloud, clock);
  const store = pace === 'a process each, which share the pace' ? new SharedPace() : undefined;
  const process = () => {
    const pacer = new Pacer({ clock, random: next, store });
    return new NicAttachmentHandler(pacedApi(api, pacer, clock, next), { clock, random: next });
  };
  const pipeline = async (first: number) => {
    const left = ids.slice(first * ATTACHMENTS, (first + 1) * ATTACHMENTS);
    const whole = pace === 'one process' ? process() : undefined;
    const worker = async (): Promise<void> => {
      for (let at = left.shift(); at !== undefined; at = left.shift()) {
        // A process takes its time to start.
        if (whole === undefined) await clock.sleep(100 + 200 * next());
        const target = { nicId: parseNicId(`nic-${at}`), instanceId: parseInstanceId(`ins-${at}`) };
        const result = await (whole ?? process()).create(target, { timeoutMs: 600_000 });
        if (!result.ok) throw result.error;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return clock.now() / 1000;
  };
  const ends = await clock.run(Promise.all(Array.from({ length: pipelines }, (_, index) => pipeline(index))));
  const requests = cloud.requests();
  const refused = requests.filter(({ status }) => status === 429).length;
  return { share: refused / requests.length, requests: requests.length, ends };
}

test.each([
  [3, 'one process'],
  [5, 'one process'],
  [20, 'one process'],
  [3, 'a process each, which share the pace'],
  [5, 'a process each, which share the pace'],
  [20, 'a process each, which share the pace'],
] as const)('at %s requests a second, %s: under 5 %% are refused', async (perSecond, pace) => {
  const { share, requests, ends } = await attachAll(perSecond, 1, pace);
  expect(share).toBeLessThan(0.05);
  // Most of what the account admits is used, beside the time that it takes without any limit.
  const unlimited = await attachAll(0, 1, pace);
  expect(Math.max(...ends)).toBeLessThan((2 * requests) / perSecond + Math.max(...unlimited.ends));
});

test('processes that learn nothing from each other are refused far more often: this is what the shared pace is for', async () => {
  const { share } = await attachAll(5, 1, 'a process each, alone');
  expect(share).toBeGreaterThan(0.2);
});

// Which one ends first is chance, so how far apart they end tells little: the slowest is held against what the account admits to all.
test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'four pipelines at once, each a process of its own: none is starved (seed %s)',
  async (seed) => {
    const { share, requests, ends } = await attachAll(5, 4, 'one process', seed);
    expect(Math.max(...ends)).toBeLessThan((1.6 * requests) / 5);
    expect(share).toBeLessThan(0.1);
  },
);

test('four pipelines at once on one machine end together', async () => {
  const { share, ends } = await attachAll(5, 4, 'a process each, which share the pace');
  expect(Math.max(...ends) / Math.min(...ends)).toBeLessThan(1.25);
  expect(share).toBeLessThan(0.05);
});
