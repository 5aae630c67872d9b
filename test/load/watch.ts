import { readdirSync, readFileSync } from 'node:fs';
import { descendants } from '../support/processes';

/** What one process used, as Linux tells it. */
export interface Usage {
  /** Highest resident memory so far, in kilobytes. */
  readonly peakKb: number;
  /** Resident memory when it was last looked at. */
  readonly lastKb: number;
  /** Most descriptors that were open at one time, and how many were when it was last looked at. */
  readonly mostDescriptors: number;
  readonly lastDescriptors: number;
}

const LOOK_MS = 50;
/** Processes are looked for less often than they are looked at: `ps` costs more. */
const SEARCH_EVERY = 10;

/** Watches every process below `pid` whose arguments hold `part`. @returns ends the watch and tells what it saw */
export function watch(pid: number, part: string): () => readonly Usage[] {
  const seen = new Map<number, Usage>();
  let looks = 0;
  const timer = setInterval(() => {
    if (looks++ % SEARCH_EVERY === 0) {
      for (const found of descendants(pid)) {
        if (found.args.includes(part) && !seen.has(found.pid)) seen.set(found.pid, NOTHING);
      }
    }
    for (const [each, before] of seen) seen.set(each, look(each, before));
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    return [...seen.values()];
  };
}

const NOTHING: Usage = { peakKb: 0, lastKb: 0, mostDescriptors: 0, lastDescriptors: 0 };

function look(pid: number, before: Usage): Usage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    // A process that has ended, and that nobody asked for its exit code yet, has no memory any more.
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
