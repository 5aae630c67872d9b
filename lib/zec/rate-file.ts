import * as v from 'valibot';
import type { Clock } from './clock';
import type { Rate } from './rate';
import type { RateStore } from './rate-limiter';
import type { ZecSettings } from './settings';
import { SharedFiles } from './shared-files';

/** A rate that was not used for this long is ignored: the limit may have changed, and the account had time to recover. */
const MAX_AGE_MS = 30_000;
/** Times further in the future were saved with another clock setting. */
const MAX_AHEAD_MS = 120_000;
const NAME = 'rate.json';

// JSON has no infinity: `null` is a time that never occurred, or an unlimited rate.
const time = v.pipe(v.number(), v.finite());
const nullAs = <T extends v.GenericSchema<unknown, number>>(schema: T, value: number) =>
  v.pipe(
    v.nullable(schema),
    v.transform((saved) => saved ?? value),
  );
const perSecond = nullAs(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000)), Infinity);
const TIMES = ['blockedUntil', 'nextReadAt', 'nextWriteAt', 'throttledAt'] as const;
const schema = v.object({
  perSecond,
  ...v.entriesFromList(TIMES, nullAs(time, -Infinity)),
  successes: v.pipe(v.number(), v.minValue(0), v.finite()),
  threshold: perSecond,
  plateau: perSecond,
  savedAt: time,
});

/** Shares the rate of one account at one endpoint with other processes: see {@link SharedFiles}. */
export function rateFile(
  { domain, credentials }: Pick<ZecSettings, 'domain' | 'credentials'>,
  clock: Clock,
  parent?: string,
): RateStore {
  const account = credentials.kind === 'token' ? credentials.token.reveal() : credentials.accessKeyId;
  const files = new SharedFiles(`${domain}\n${account}`, parent);
  return {
    load: () => {
      const [saved] = files.read(NAME, schema);
      if (saved === undefined) return undefined;
      const wall = clock.wall();
      const { savedAt, ...rate } = saved;
      const latest = Math.max(savedAt, ...TIMES.map((each) => rate[each]));
      if (latest - wall > MAX_AHEAD_MS || wall - savedAt > MAX_AGE_MS) return undefined;
      return shiftTimes(rate, clock.now() - wall);
    },
    save: (rate) => {
      const wall = clock.wall();
      files.replace(NAME, { ...shiftTimes(rate, wall - clock.now()), savedAt: wall });
    },
    withLock: (work) => files.withLock(NAME, work),
  };
}

/** Converts between the monotonic clock of a process and the wall clock, which processes share. */
function shiftTimes(rate: Rate, byMs: number): Rate {
  const times = TIMES.map((each) => [each, rate[each] + byMs] as const);
  return { ...rate, ...(Object.fromEntries(times) as Pick<Rate, (typeof TIMES)[number]>) };
}
