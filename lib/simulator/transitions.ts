/** What changed the world: a request of the API, or a patch by a test or a person. */
export type Cause =
  | { readonly kind: 'request'; readonly action: string; readonly requestId: string }
  | { readonly kind: 'patch' };

/** A change in progress: when it ends, in which status, and what started it. */
export interface Transition {
  readonly dueAt: number;
  readonly to: string;
  readonly by: Cause;
}

/** In place of a status: the vNIC or instance is removed. */
export const GONE = 'GONE';
/** The statuses in which those of a vNIC and of an instance that is changing end. */
export const FINAL_STATUS = { ATTACHING: 'USED', DETACHING: 'AVAILABLE', DELETING: GONE } as const;
export const FINAL_INSTANCE_STATUS = { STARTING: 'RUNNING', STOPPING: 'STOPPED', RELEASING: GONE } as const;

export function isTransitional(status: string): status is keyof typeof FINAL_STATUS {
  return Object.hasOwn(FINAL_STATUS, status);
}

/** Takes what is due out of `transitions`, in the order of its times. */
export function takeDue<Id>(
  transitions: Map<Id, Transition>,
  now: number,
): readonly (readonly [Id, Transition])[] {
  const due = [...transitions].filter(([, { dueAt }]) => dueAt <= now);
  for (const [id] of due) transitions.delete(id);
  return due.sort(([, a], [, b]) => a.dueAt - b.dueAt);
}
