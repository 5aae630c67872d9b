import { NicAttachmentHandler } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { instance, nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { counted } from './counted';
import { draws } from './draws';

/** What one or more attaches cost, from their first look to their return. */
export interface Detection {
  /** From the moment the vNIC was USED in the truth to the moment its create returned, in milliseconds. */
  readonly delaysMs: readonly number[];
  /** Both kinds of describes, all looks included. */
  readonly describes: number;
}

export interface FleetOptions {
  readonly attachMs: readonly [number, number];
  readonly seed: number;
  /** How many attaches there are, and how many of them are under way at once. */
  readonly count?: number;
  readonly parallelism?: number;
  /** A round trip to the API, in milliseconds. */
  readonly latencyMs?: number;
}

/** Attaches on a made clock, as Terraform's workers would: a worker takes the next one when it is done with one. */
export async function attachFleet({
  attachMs,
  seed,
  count = 1,
  parallelism = count,
  latencyMs = 20,
}: FleetOptions): Promise<Detection & { readonly totalMs: number }> {
  const ids = Array.from({ length: count }, (_, index) => index);
  const instances = Math.ceil(count / 5);
  const clock = new FakeClock();
  const cloud = new Cloud({
    world: world({
      instances: Array.from({ length: instances }, (_, index) => instance(`ins-${index}`)),
      nics: ids.map((index) => nic(`nic-${index}`)),
      settings: { attachMs: [...attachMs], seed },
    }),
    now: () => clock.wall(),
  });
  const { api, counts } = counted(cloudApi(cloud, clock, latencyMs));
  const handler = new NicAttachmentHandler(api, { clock, random: draws(seed + 1) });
  const returnedAt = new Map<string, number>();
  const waiting = [...ids];
  const worker = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const nicId = parseNicId(`nic-${index}`);
      const result = await handler.create(
        { nicId, instanceId: parseInstanceId(`ins-${index % instances}`) },
        { timeoutMs: 600_000 },
      );
      if (!result.ok) throw result.error;
      returnedAt.set(nicId, clock.wall());
    }
  };
  await clock.run(Promise.all(Array.from({ length: parallelism }, worker)));
  const delaysMs = cloud
    .events()
    .filter(({ to }) => to?.status === 'USED')
    .map(({ nicId, time }) => (returnedAt.get(nicId) ?? NaN) - Date.parse(time));
  if (delaysMs.length !== count || delaysMs.some(Number.isNaN)) throw new Error('an attach is missing');
  return { delaysMs, describes: counts.describes, totalMs: clock.now() };
}
