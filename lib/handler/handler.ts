import { DEFAULT_TIMEOUT_SECONDS } from '../contract';
import { systemClock, type Clock } from '../zec/clock';
import { attachmentId, type AttachmentId } from '../zec/ids';
import { InFlightMemory, type InFlightStore } from '../zec/in-flight';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import type { Goal } from './decide';
import { KeyedLock } from './keyed-lock';
import { Operation } from './operation';
import type { Failed, OperationContext, OperationOptions, OperationResult } from './options';
import { PollGroup } from './polling';
import { Reader } from './reader';
import { viewOf, type Observation, type Target, type View } from './view';

export interface HandlerOptions {
  readonly clock?: Clock;
  /** From 0 to 1; `Math.random` by default. */
  readonly random?: () => number;
  /** How long one read may take, in milliseconds. Default 60,000: a request and its retries. */
  readonly readTimeoutMs?: number;
  /** How long a read waits for others to share its requests, in milliseconds. Default 10. */
  readonly batchWindowMs?: number;
  /** Requests recently sent by other processes, too. Without it only this handler's own requests are known. */
  readonly inFlight?: InFlightStore;
}

export type CallerOptions = Partial<OperationOptions>;

/** An attachment that the vNIC and the instance confirm, with what the API returned for both. */
export interface Attachment extends Target {
  readonly id: AttachmentId;
  readonly nic: NicInfo | undefined;
  readonly instance: InstanceInfo | undefined;
}

/** `adopted`: the attachment existed, or was being created, before this call sent anything. */
export type CreateResult =
  { readonly ok: true; readonly attachment: Attachment; readonly adopted: boolean } | Failed;

/**
 * `alreadyDetached`: there was nothing to detach, and no request was sent.
 * `heldBy`: the other instance that holds the vNIC now. That attachment was not changed.
 */
export type DeleteResult =
  { readonly ok: true; readonly alreadyDetached: boolean; readonly heldBy: string | undefined } | Failed;

/**
 * What one read shows of an attachment.
 * - `attached`: the vNIC and the instance agree that it exists.
 * - `changing`: being attached or detached, or the vNIC and the instance do not agree yet.
 * - `detached`: the instance does not hold the vNIC; another may, or the vNIC no longer exists.
 */
export interface ReadResult {
  readonly state: 'attached' | 'changing' | 'detached';
  readonly view: View;
  readonly attachment: Attachment;
}

/**
 * The custom resource handler: creates, reads and deletes attachments, and returns only when the vNIC and the instance
 * agree. One handler serves any number of attachments concurrently; operations on one vNIC run one after the other.
 */
export class NicAttachmentHandler {
  private readonly context: OperationContext;

  public constructor(api: ZecApi, options: HandlerOptions = {}) {
    const clock = options.clock ?? systemClock;
    this.context = {
      api,
      clock,
      random: options.random ?? Math.random,
      readTimeoutMs: options.readTimeoutMs ?? 60_000,
      reader: new Reader(api, { clock, windowMs: options.batchWindowMs }),
      polls: new PollGroup(clock),
      lock: new KeyedLock(),
      inFlight: options.inFlight ?? new InFlightMemory(clock),
    };
  }

  /**
   * Attaches the vNIC to the instance and waits until both agree. Adopts an attachment that is already there.
   * Never takes the vNIC from another instance.
   *
   * With `until: 'accepted'` it returns as soon as the API accepted the attach and a read of the vNIC shows it ATTACHING
   * or USED: a later create without it waits for the rest. What it returns of the instance is then from before the attach.
   * With `until: 'requested'` the API's response is enough, and what it returns of the vNIC is from before the attach, too.
   */
  public async create(target: Target, options: CallerOptions = {}): Promise<CreateResult> {
    const result = await this.run('attach', target, options);
    if (!result.ok) return result;
    return { ok: true, attachment: attachmentOf(target, result.observation), adopted: !result.acted };
  }

  /**
   * Detaches the vNIC from the instance and waits until neither shows the attachment. An attachment of the vNIC
   * to another instance is not changed: there is nothing to detach then.
   */
  public async delete(target: Target, options: CallerOptions = {}): Promise<DeleteResult> {
    const result = await this.run('detach', target, options);
    if (!result.ok) return result;
    const { owner, ownerId } = viewOf(target, result.observation);
    return { ok: true, alreadyDetached: !result.acted, heldBy: owner === 'other' ? ownerId : undefined };
  }

  /**
   * Reads the attachment once. Changes nothing.
   * @throws ZecError if the request failed; the signal's reason when it aborts.
   */
  public async read(target: Target, options: { readonly signal?: AbortSignal } = {}): Promise<ReadResult> {
    return readResultOf(target, await this.context.reader.both(target, options.signal));
  }

  private run(goal: Goal, target: Target, options: CallerOptions): Promise<OperationResult> {
    const { timeoutMs = DEFAULT_TIMEOUT_SECONDS * 1000 } = options;
    return new Operation(this.context, goal, target, { ...options, timeoutMs }).run();
  }
}

/** What an observation shows of an attachment. */
export function readResultOf(target: Target, observation: Observation): ReadResult {
  const view = viewOf(target, observation);
  return { state: stateOf(view), view, attachment: attachmentOf(target, observation) };
}

function attachmentOf(target: Target, { nic, instance }: Observation): Attachment {
  return { id: attachmentId(target.nicId, target.instanceId), ...target, nic, instance };
}

function stateOf(view: View): ReadResult['state'] {
  if (view.owner === 'target') return view.nicStatus === 'USED' && view.listed ? 'attached' : 'changing';
  return view.owner === 'none' && view.listed ? 'changing' : 'detached';
}
