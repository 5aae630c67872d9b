import type { Target } from '../../lib/handler';
import type { Clock } from '../../lib/zec/clock';
import { ZecError } from '../../lib/zec/errors';
import type { NicInfo, ZecApi } from '../../lib/zec/types';

const POLL_MS = 1_000;
/** Backoff of the vendor's SDKs after a throttled request, in milliseconds; then they give up. */
const BACK_OFF_MS = [1_000, 2_000, 4_000];
const TIMEOUT_MS = 600_000;

/**
 * The baseline: a single attachment, as the vendor provider does it. One describe for each attachment and
 * read, and one second between reads.
 * @returns whether it was attached before the timeout
 */
export async function pollOnceASecond(api: ZecApi, clock: Clock, target: Target): Promise<boolean> {
  const giveUpAt = clock.now() + TIMEOUT_MS;
  try {
    await backingOff(clock, () => api.attachNetworkInterface(target));
    for (;;) {
      const nic = await describeOne(api, clock, target);
      if (nic?.status === 'USED' && nic.instanceId === target.instanceId) return true;
      if (clock.now() >= giveUpAt) return false;
      await clock.sleep(POLL_MS);
    }
  } catch (error) {
    if (error instanceof ZecError) return false;
    throw error;
  }
}

/** The baseline's refresh: one describe for each attachment. */
export async function describeOne(
  api: ZecApi,
  clock: Clock,
  { nicId }: Target,
): Promise<NicInfo | undefined> {
  const { dataSet } = await backingOff(clock, () =>
    api.describeNetworkInterfaces({ nicIds: [nicId], pageSize: 1 }),
  );
  return dataSet[0];
}

async function backingOff<T>(clock: Clock, send: () => Promise<T>): Promise<T> {
  for (const waitMs of BACK_OFF_MS) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ZecError) || error.kind !== 'transient') throw error;
      await clock.sleep(waitMs);
    }
  }
  return send();
}
