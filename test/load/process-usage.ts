import { readdirSync, readFileSync } from 'node:fs';
import { descendants } from '../support/processes';

/** Resource usage of a process, from /proc. */
export interface Usage {
  /** Peak resident memory, in kilobytes. */
  readonly peakKb: number;
  readonly peakDescriptors: number;
  readonly lastDescriptors: number;
}

const SAMPLE_INTERVAL_MS = 50;
/** Samples between searches for new processes, which run `ps` and cost more. */
const SAMPLES_PER_SEARCH = 10;

/** Samples all descendants of `pid` whose arguments contain `part`. @returns stops sampling and returns the usage */
export function watchUsage(pid: number, part: string): () => readonly Usage[] {
  const usages = new Map<number, Usage>();
  let samples = 0;
  const timer = setInterval(() => {
    if (samples++ % SAMPLES_PER_SEARCH === 0) {
      for (const found of descendants(pid)) {
        if (found.args.includes(part) && !usages.has(found.pid)) usages.set(found.pid, NO_USAGE);
      }
    }
    for (const [each, before] of usages) usages.set(each, sample(each, before));
  }, SAMPLE_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return [...usages.values()];
  };
}

const NO_USAGE: Usage = { peakKb: 0, peakDescriptors: 0, lastDescriptors: 0 };

function sample(pid: number, before: Usage): Usage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    // A zombie process has no memory.
    if (kb('VmHWM') === 0) return before;
    return {
      peakKb: Math.max(before.peakKb, kb('VmHWM')),
      peakDescriptors: Math.max(before.peakDescriptors, descriptors),
      lastDescriptors: descriptors,
    };
  } catch {
    return before;
  }
}
