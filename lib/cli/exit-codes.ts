/** What `zec-nic` tells its caller by its exit code. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notAttached: 3,
  timedOut: 4,
  changes: 10,
  risky: 11,
  drifted: 12,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each of them means, in a few words; a command may say it more exactly. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.done]: 'done',
  [EXIT.failed]: 'failed',
  [EXIT.usage]: 'wrong usage or settings',
  [EXIT.notAttached]: 'not attached (read)',
  [EXIT.timedOut]: 'timed out',
  [EXIT.changes]: 'changes (review)',
  [EXIT.risky]: 'risky changes (review)',
  [EXIT.drifted]: 'drifted (drift)',
  [EXIT.interrupted]: 'interrupted',
};
