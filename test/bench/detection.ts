import { NicAttachmentHandler } from '../../lib/handler';
import type { Target } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { Random } from '../../lib/simulator/random';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { instance, nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { inParallel } from '../support/workers';
import { draws } from './statistics';
import { pollOnceASecond } from './vendor-loop';

export interface Fleet {
  /** The time from when the vNIC was actually USED until its create returned, in milliseconds. */
  readonly delaysMs: readonly number[];
  /** The number of describes of both kinds. */
  readonly describes: number;
  readonly totalMs: number;
}

export interface FleetOptions {
  readonly attachMs: readonly [number, number];
  readonly seed: number;
  /** The number of attaches, and how many of them run concurrently. */
  readonly count?: number;
  readonly parallelism?: number;
  /** A round trip to the API, in milliseconds. */
  readonly latencyMs?: number;
  /** `truth` detects the status at once and without a request: the lower bound for any client. */
  readonly by?: 'handler' | 'vendor loop' | 'truth' | undefined;
}

const PER_INSTANCE = 5;

/** Attaches on a fake clock like Terraform's workers: each starts the next attach when its last one is done. */
export async function attachFleet({
  attachMs,
  seed,
  count = 1,
  parallelism = count,
  latencyMs = 20,
  by = 'handler',
}: FleetOptions): Promise<Fleet> {
  const ids = Array.from({ length: count }, (_, index) => index);
  const instances = Math.ceil(count / PER_INSTANCE);
  const clock = new FakeClock();
  const cloud = new Cloud({
    world: world({
      instances: Array.from({ length: instances }, (_, index) => instance(`ins-${index}`)),
      nics: ids.map((index) => nic(`nic-${index}`)),
      settings: { attachMs: [...attachMs], seed },
    }),
    now: () => clock.wall(),
  });
  let describes = 0;
  const handle: Cloud['handle'] = (action, parameters) => {
    if (action.startsWith('Describe')) describes += 1;
    return cloud.handle(action, parameters);
  };
  const api = cloudApi({ handle }, clock, latencyMs);
  const handler = new NicAttachmentHandler(api, { clock, random: draws(seed + 1) });
  // The same random durations as the simulator's, in the same order.
  const durations = new Random(seed, 'durations');
  const attach = {
    handler: async (target: Target) => (await handler.create(target)).ok,
    'vendor loop': (target: Target) => pollOnceASecond(api, clock, target),
    truth: async () => {
      await clock.sleep(durations.between(attachMs));
      return true;
    },
  }[by];
  const returnedAt = new Map<string, number>();
  const work = inParallel(ids, parallelism, async (index) => {
    const nicId = parseNicId(`nic-${index}`);
    const instanceId = parseInstanceId(`ins-${index % instances}`);
    if (!(await attach({ nicId, instanceId }))) throw new Error(`${nicId} was not attached`);
    returnedAt.set(nicId, clock.wall());
  });
  await clock.run(work);
  if (by === 'truth') return { delaysMs: ids.map(() => 0), describes: 0, totalMs: clock.now() };
  const delaysMs = cloud
    .events()
    .filter(({ to }) => to?.status === 'USED')
    .map(({ nicId, time }) => (returnedAt.get(nicId) ?? NaN) - Date.parse(time));
  if (delaysMs.length !== count || delaysMs.some(Number.isNaN)) throw new Error('an attach is missing');
  return { delaysMs, describes, totalMs: clock.now() };
}
