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

/** Options of {@link NicAttachmentHandler}. */
export interface HandlerOptions {
  readonly clock?: Clock;
  /** Returns a number from 0 to 1, which varies the intervals. Default: `Math.random`. */
  readonly random?: () => number;
  /** Timeout of one read with its retries, in milliseconds. Default: 60,000. */
  readonly readTimeoutMs?: number;
  /** How long a read waits for other reads to share its requests, in milliseconds. Default: 10. */
  readonly batchWindowMs?: number;
  /** Recent requests, also of other processes. Default: only the requests of this handler. */
  readonly inFlight?: InFlightStore;
}

/** Options of a create or delete. All are optional. */
export type CallerOptions = Partial<OperationOptions>;

/** An attachment, with the vNIC and the instance as the API returned them. */
export interface Attachment extends Target {
  readonly id: AttachmentId;
  readonly nic: NicInfo | undefined;
  readonly instance: InstanceInfo | undefined;
}

/** The result of a create. `adopted`: the attachment existed, or was being created, before this call sent a request. */
export type CreateResult =
  { readonly ok: true; readonly attachment: Attachment; readonly adopted: boolean } | Failed;

/**
 * The result of a delete.
 * - `alreadyDetached`: no request was sent, because there was nothing to detach.
 * - `nicFound`: whether the vNIC exists, for these credentials.
 * - `heldBy`: the other instance that holds the vNIC. That attachment was not changed.
 */
export type DeleteResult =
  | {
      readonly ok: true;
      readonly alreadyDetached: boolean;
      readonly nicFound: boolean;
      readonly heldBy: string | undefined;
    }
  | Failed;

/**
 * The result of a read.
 * - `attached`: the vNIC and the instance both report the attachment.
 * - `changing`: the vNIC is being attached or detached, or the two do not agree yet.
 * - `detached`: the instance does not hold the vNIC. Another may hold it, or it no longer exists.
 */
export interface ReadResult {
  readonly state: 'attached' | 'changing' | 'detached';
  readonly view: View;
  readonly attachment: Attachment;
}

/**
 * Creates, reads and deletes attachments. A create or delete returns when the vNIC and the instance agree. One handler
 * serves any number of attachments concurrently. Operations on one vNIC run sequentially.
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
   * Attaches the vNIC to the instance, and waits until both report it. Adopts an existing attachment. Never detaches the
   * vNIC from another instance. Does not throw for failures of the API or the network: the result contains the error.
   *
   * With `until: 'accepted'`, returns when a read shows the vNIC as ATTACHING or USED; the returned instance is then from
   * before the attach. With `until: 'requested'`, returns when the API has accepted the attach; the returned vNIC is then
   * from before the attach, too.
   */
  public async create(target: Target, options: CallerOptions = {}): Promise<CreateResult> {
    const result = await this.run('attach', target, options);
    if (!result.ok) return result;
    return { ok: true, attachment: attachmentOf(target, result.observation), adopted: !result.acted };
  }

  /**
   * Detaches the vNIC from the instance, and waits until neither reports the attachment. Succeeds without any change if
   * another instance holds the vNIC. Does not throw for failures of the API or the network.
   */
  public async delete(target: Target, options: CallerOptions = {}): Promise<DeleteResult> {
    const result = await this.run('detach', target, options);
    if (!result.ok) return result;
    const { owner, ownerId, nicStatus } = viewOf(target, result.observation);
    const heldBy = owner === 'other' ? ownerId : undefined;
    return { ok: true, alreadyDetached: !result.acted, nicFound: nicStatus !== undefined, heldBy };
  }

  /**
   * Reads the attachment once.
   * @throws ZecError if a request fails, and the signal's reason if it aborts
   */
  public async read(target: Target, options: { readonly signal?: AbortSignal } = {}): Promise<ReadResult> {
    return readResultOf(target, await this.context.reader.read(target, options.signal));
  }

  private run(goal: Goal, target: Target, options: CallerOptions): Promise<OperationResult> {
    const { timeoutMs = DEFAULT_TIMEOUT_SECONDS * 1000 } = options;
    return new Operation(this.context, goal, target, { ...options, timeoutMs }).run();
  }
}

/** Derives the result of a read from an observation. */
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
