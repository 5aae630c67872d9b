import { readdirSync, readFileSync } from 'node:fs';
import { descendants } from '../support/processes';

/** What one process used, as Linux reports it. */
export interface Usage {
  /** Highest resident memory so far, in kilobytes. */
  readonly peakKb: number;
  /** Resident memory at the last poll. */
  readonly lastKb: number;
  /** Most descriptors that were open at one time, and how many were at the last poll. */
  readonly mostDescriptors: number;
  readonly lastDescriptors: number;
}

const POLL_MS = 50;
/** New processes are searched for less often than known ones are polled: `ps` costs more. */
const SEARCH_EVERY = 10;

/** Watches every process below `pid` whose arguments hold `part`. @returns ends the watch and returns the usages */
export function watch(pid: number, part: string): () => readonly Usage[] {
  const seen = new Map<number, Usage>();
  let polls = 0;
  const timer = setInterval(() => {
    if (polls++ % SEARCH_EVERY === 0) {
      for (const found of descendants(pid)) {
        if (found.args.includes(part) && !seen.has(found.pid)) seen.set(found.pid, NOTHING);
      }
    }
    for (const [each, before] of seen) seen.set(each, poll(each, before));
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    return [...seen.values()];
  };
}

const NOTHING: Usage = { peakKb: 0, lastKb: 0, mostDescriptors: 0, lastDescriptors: 0 };

function poll(pid: number, before: Usage): Usage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    // A process that has ended, and that was not reaped yet, no longer has memory.
    if (kb('VmHWM') === 0) return before;
    return {
      peakKb: Math.max(before.peakKb, kb('VmHWM')),
      lastKb: kb('VmRSS'),
      mostDescriptors: Math.max(before.mostDescriptors, descriptors),
      lastDescriptors: descriptors,
    };
  } catch {
    return before;
  }
}
