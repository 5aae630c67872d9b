/** The cause of a change: a request to the API, or a patch. */
export type Cause =
  | { readonly kind: 'request'; readonly action: string; readonly requestId: string }
  | { readonly kind: 'patch' };

/** A change in progress: when it ends, in which status, and what started it. */
export interface Transition {
  readonly dueAt: number;
  readonly to: string;
  readonly by: Cause;
}

/** Final status of a vNIC or an instance that is removed. */
export const GONE = 'GONE';
/** The final statuses by transitional status, of vNICs and instances. */
export const FINAL_STATUS = { ATTACHING: 'USED', DETACHING: 'AVAILABLE', DELETING: GONE } as const;
export const FINAL_INSTANCE_STATUS = { STARTING: 'RUNNING', STOPPING: 'STOPPED', RELEASING: GONE } as const;

export function isTransitional(status: string): status is keyof typeof FINAL_STATUS {
  return Object.hasOwn(FINAL_STATUS, status);
}

/** Removes the transitions that are due, and returns them in the order of their times. */
export function takeDue<Id>(
  transitions: Map<Id, Transition>,
  now: number,
): readonly (readonly [Id, Transition])[] {
  const due = [...transitions].filter(([, { dueAt }]) => dueAt <= now);
  for (const [id] of due) transitions.delete(id);
  return due.sort(([, a], [, b]) => a.dueAt - b.dueAt);
}
