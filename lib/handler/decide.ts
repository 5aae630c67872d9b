import { INSTANCE_STATUSES, NIC_STATUSES } from '../zec/types';
import type { View } from './view';

/** The goal of an operation. */
export type Goal = 'attach' | 'detach';

/**
 * When an attach is done.
 * - `converged`: the vNIC is USED by the target, and the target lists it.
 * - `accepted`: the vNIC is shown as ATTACHING to the target, or USED by it. It may still fall back.
 * - `requested`: the same, or the API accepted the attach, and no read shows its effect yet.
 */
export type Until = 'converged' | 'accepted' | 'requested';

/** The results of earlier attempts of an operation on which a decision depends. */
export interface Progress {
  /** What to wait for after a request whose effect reads may not show yet. */
  readonly pending: string | undefined;
  /** How often the API accepted a request that the platform then did not carry out. */
  readonly refusals: number;
  /** The conflict that the API keeps returning although the statuses allow the request. */
  readonly conflict:
    { readonly text: string; readonly count: number; readonly advice: string | undefined } | undefined;
}

export const NO_ATTEMPTS: Progress = { pending: undefined, refusals: 0, conflict: undefined };

export type Decision =
  | { readonly kind: 'act' }
  | {
      readonly kind: 'wait';
      readonly reason: string;
      /** The decision depends on the vNIC only: until the vNIC changes, the instance need not be read. */
      readonly nicOnly?: true;
      readonly warning?: string;
    }
  | { readonly kind: 'done'; readonly nicOnly?: true }
  | {
      readonly kind: 'fail';
      readonly summary: string;
      readonly advice: string;
      /** The instance that holds the vNIC, where that is the reason. */
      readonly heldBy?: string | undefined;
      /** The instance is STOPPED: the detach is possible once it is started. */
      readonly instanceStopped?: true;
    };

/** Transitional statuses that lead to RUNNING. */
const CHANGING = [
  'DEPLOYING',
  'STARTING',
  'BOOTING',
  'REBOOT',
  'REBUILDING',
  'RESIZING',
  'IMAGING',
  'PENDING',
] as const;

/** Maximum number of accepted requests that the platform drops, and of equal conflicts although the statuses allow the request. */
const MAX_REFUSALS = 3;

const CHECK_ID = 'Check the ID, the region and the account that the credentials belong to.';
const detachAdvice = (remedy: string) =>
  `The API detaches only from a running instance: ${remedy}, then retry.`;

/**
 * Decides the next step towards a goal, from one read and the earlier attempts. A pure function. It never detaches a vNIC
 * from another instance than the target's.
 */
export function decide(goal: Goal, view: View, progress: Progress, until: Until = 'converged'): Decision {
  const decision = goal === 'attach' ? decideAttach(view, progress, until) : decideDetach(view, progress);
  return decision.kind === 'act' ? limitAttempts(goal, view, progress) : decision;
}

/** Whether a decision depends on the vNIC only. */
export function dependsOnNicOnly(decision: Decision): boolean {
  return 'nicOnly' in decision && decision.nicOnly;
}

function decideAttach(view: View, progress: Progress, until: Until): Decision {
  const { nicStatus: status, owner } = view;
  const nic = `vNIC ${view.target.nicId}`;
  if (status === undefined) return fail(`${nic} does not exist`, CHECK_ID);
  if (view.primary) {
    return fail(
      `${nic} is a primary vNIC`,
      'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC.',
    );
  }
  if (!isOneOf(NIC_STATUSES, status)) return nicOnly(waitForUnknown(nic, status));
  switch (status) {
    case 'DELETING':
    case 'CREATE_FAILED':
      return fail(
        `${nic} is ${status} and can no longer be attached`,
        'Create a new vNIC and declare the attachment of that one.',
      );
    case 'USED':
      if (owner === 'other') return heldByOther(view, 'attached to');
      if (owner === 'none') return nicOnly(wait(`${nic} to name the instance that uses it`));
      if (until !== 'converged') return { kind: 'done', nicOnly: true };
      return view.listed ? { kind: 'done' } : wait(`instance ${view.target.instanceId} to list the vNIC`);
    case 'ATTACHING':
      if (owner === 'other') return heldByOther(view, 'being attached to');
      if (until !== 'converged' && owner === 'target') return { kind: 'done', nicOnly: true };
      return nicOnly(wait(`${nic} to become USED`));
    case 'DETACHING':
    case 'PENDING':
      return nicOnly(wait(`${nic} to become AVAILABLE`));
    case 'AVAILABLE':
      return waitForEffect(progress) ?? attachWhenInstanceAllows(view);
  }
}

function attachWhenInstanceAllows({ target, instanceStatus: status }: View): Decision {
  const instance = `instance ${target.instanceId}`;
  if (status === undefined) return fail(`${instance} does not exist`, CHECK_ID);
  if (!isOneOf(INSTANCE_STATUSES, status)) return waitForUnknown(instance, status);
  if (isOneOf(CHANGING, status)) return wait(`${instance} to become RUNNING`);
  switch (status) {
    case 'RUNNING':
      return { kind: 'act' };
    case 'STOPPED':
    case 'STOPPING':
      return fail(
        `${instance} is ${status}`,
        'The API attaches only to a running instance: start it, then apply again.',
      );
    case 'RECYCLE':
    case 'RECYCLED':
      return fail(
        `${instance} is in the recycle bin`,
        'Recover and start it, then apply again, or declare another instance.',
      );
    case 'RELEASING':
    case 'RECYCLING':
      return fail(`${instance} is being released (${status})`, 'Declare another instance.');
    case 'CREATE_FAILED':
    case 'REINSTALL_FAILED':
      return fail(`${instance} is ${status}`, 'Repair or replace the instance, then apply again.');
  }
}

function decideDetach(view: View, progress: Progress): Decision {
  const { nicStatus: status } = view;
  const nic = `vNIC ${view.target.nicId}`;
  if (status === undefined) return { kind: 'done' };
  if (!isOneOf(NIC_STATUSES, status)) return nicOnly(waitForUnknown(nic, status));
  if (view.owner === 'other') return { kind: 'done' };
  switch (status) {
    case 'AVAILABLE':
    case 'CREATE_FAILED':
      if (!view.listed) return { kind: 'done' };
      return wait(`instance ${view.target.instanceId} to stop listing the vNIC`);
    case 'USED':
      if (view.owner === 'none') return nicOnly(wait(`${nic} to name the instance that uses it`));
      return waitForEffect(progress) ?? detachWhenInstanceAllows(view);
    case 'ATTACHING':
      return nicOnly(wait(`${nic} to finish attaching, so that it can be detached`));
    case 'DETACHING':
    case 'PENDING':
      return nicOnly(wait(`${nic} to become AVAILABLE`));
    case 'DELETING':
      return nicOnly(wait(`${nic} to be deleted`));
  }
}

function detachWhenInstanceAllows({ target, primary, instanceStatus: status }: View): Decision {
  const nic = `vNIC ${target.nicId}`;
  const instance = `instance ${target.instanceId}`;
  if (primary) {
    return fail(
      `${nic} is the primary vNIC of ${instance}`,
      'A primary vNIC cannot be detached. Remove the attachment from the state (terraform state rm).',
    );
  }
  if (status === undefined) return wait(`the platform to free ${nic}, whose instance no longer exists`);
  if (!isOneOf(INSTANCE_STATUSES, status)) return waitForUnknown(instance, status);
  if (isOneOf(CHANGING, status)) return wait(`${instance} to become RUNNING`);
  switch (status) {
    case 'RUNNING':
      return { kind: 'act' };
    case 'STOPPING':
      return wait(`${instance} to become RUNNING`);
    case 'RELEASING':
    case 'RECYCLING':
      return wait(`the platform to free ${nic}, whose instance is ${status}`);
    case 'STOPPED':
      return { ...fail(`${instance} is STOPPED`, detachAdvice('start it')), instanceStopped: true };
    case 'RECYCLE':
    case 'RECYCLED':
      return fail(
        `${instance} is in the recycle bin`,
        detachAdvice('recover and start it, or release it for good'),
      );
    case 'CREATE_FAILED':
    case 'REINSTALL_FAILED':
      return fail(`${instance} is ${status}`, detachAdvice('repair or release it'));
  }
}

/** Waits while the effect of a request may not be visible yet. Meanwhile only the vNIC is read. */
function waitForEffect({ pending, conflict }: Progress): Decision | undefined {
  return pending === undefined || conflict !== undefined ? undefined : nicOnly(wait(pending));
}

/** Limits the requests that the statuses allow, by the earlier attempts. */
function limitAttempts(goal: Goal, view: View, { pending, refusals, conflict }: Progress): Decision {
  const nic = `vNIC ${view.target.nicId}`;
  if (refusals >= MAX_REFUSALS) {
    return fail(
      `the platform accepted the ${goal} of ${nic} ${refusals} times and each time fell back to ${view.nicStatus ?? 'missing'}`,
      'Check that the instance is healthy and that its guest agent (QGA) is running, then try again.',
    );
  }
  if (conflict !== undefined && conflict.count >= MAX_REFUSALS) {
    return fail(
      `the API refused the ${goal} of ${nic} ${conflict.count} times although both statuses allow it: ${conflict.text}`,
      conflict.advice ?? 'See the API error, or contact Zenlayer support with the request ID.',
    );
  }
  return pending === undefined ? { kind: 'act' } : wait(pending);
}

function heldByOther(view: View, how: string): Decision {
  return {
    kind: 'fail',
    summary: `vNIC ${view.target.nicId} is ${how} instance ${view.ownerId ?? 'unknown'}`,
    advice:
      'It was not changed. Detach it from that instance first, or declare its attachment to that instance.',
    heldBy: view.ownerId,
  };
}

type Wait = Extract<Decision, { kind: 'wait' }>;

function wait(reason: string): Wait {
  return { kind: 'wait', reason };
}

function nicOnly(decision: Wait): Wait {
  return { ...decision, nicOnly: true };
}

function waitForUnknown(what: string, status: string): Wait {
  const shown = JSON.stringify(status.slice(0, 40));
  return {
    kind: 'wait',
    reason: `${what} to leave the status ${shown}`,
    warning: `${what} has the status ${shown}, which this version does not recognize. A newer version may.`,
  };
}

function fail(summary: string, advice: string): Extract<Decision, { kind: 'fail' }> {
  return { kind: 'fail', summary, advice };
}

function isOneOf<T extends string>(statuses: readonly T[], status: string): status is T {
  return (statuses as readonly string[]).includes(status);
}
