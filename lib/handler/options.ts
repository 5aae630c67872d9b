import type { NicId } from '../zec/ids';
import type { InFlightStore } from '../zec/in-flight';
import type { ZecApi } from '../zec/types';
import type { Goal, Until } from './decide';
import type { OperationError } from './errors';
import type { KeyedLock } from './keyed-lock';
import type { PollScheduleOptions } from './polling';
import type { Reader } from './reader';
import type { Observation, Target } from './view';

/** One line of an operation's progress. */
export interface ProgressEvent {
  readonly goal: Goal;
  readonly target: Target;
  /** Since the operation began, in milliseconds. */
  readonly elapsedMs: number;
  /** As the last successful read showed it; absent until one succeeded. */
  readonly nicStatus?: string | undefined;
  readonly instanceStatus?: string | undefined;
  /** What is done or waited for. */
  readonly message: string;
  /** A warning for the user; the operation continues. */
  readonly warning?: string | undefined;
}

export interface OperationContext extends PollScheduleOptions {
  readonly api: ZecApi;
  readonly reader: Reader;
  /** How long one read may take, in milliseconds. */
  readonly readTimeoutMs: number;
  /** Operations on one vNIC run one after the other. */
  readonly lock: KeyedLock<NicId>;
  readonly inFlight: InFlightStore;
}

export interface OperationOptions {
  /** How long the operation may take, in milliseconds. The last read begins at this moment at the latest. */
  readonly timeoutMs: number;
  /** When a create is done; `converged` by default. A delete ignores it. */
  readonly until?: Until | undefined;
  /**
   * What a read of the last seconds showed. If it allows an attach, the attach is sent without another read: the API
   * refuses it if it is no longer possible. A delete ignores it.
   */
  readonly seen?: Observation | undefined;
  /** Ends the operation early; it then fails with the reason `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

export interface Failed {
  readonly ok: false;
  readonly error: OperationError;
}

/** How an operation ended. `acted`: it sent a request that may have been carried out. */
export type OperationResult =
  { readonly ok: true; readonly observation: Observation; readonly acted: boolean } | Failed;
