import type { NicId } from '../zec/ids';
import type { InFlightStore } from '../zec/in-flight';
import type { ZecApi } from '../zec/types';
import type { Goal, Until } from './decide';
import type { OperationError } from './errors';
import type { KeyedLock } from './keyed-lock';
import type { PollScheduleOptions } from './polling';
import type { Reader } from './reader';
import type { Observation, Target } from './view';

/** The progress of an operation. Emitted before each request and wait. */
export interface ProgressEvent {
  readonly goal: Goal;
  readonly target: Target;
  /** Time since the start of the operation, in milliseconds. */
  readonly elapsedMs: number;
  /** The status in the last successful read. `undefined` before the first one, or if the vNIC does not exist. */
  readonly nicStatus?: string | undefined;
  /** The status in the last successful read, or `missing`. `undefined` before the first one. */
  readonly instanceStatus?: string | undefined;
  /** The current step, such as `waiting for vNIC nic-1 to become USED`. */
  readonly message: string;
  /** A warning for the user. The operation continues. */
  readonly warning?: string | undefined;
}

export interface OperationContext extends PollScheduleOptions {
  readonly api: ZecApi;
  readonly reader: Reader;
  /** Timeout of one read, in milliseconds. */
  readonly readTimeoutMs: number;
  /** Serializes the operations on one vNIC. */
  readonly lock: KeyedLock<NicId>;
  readonly inFlight: InFlightStore;
}

/** Options of an operation. */
export interface OperationOptions {
  /** Timeout of the operation, in milliseconds. The last read starts at this time at the latest. Default: 600,000. */
  readonly timeoutMs: number;
  /** When the timeout began, on the handler's monotonic clock, if the caller has waited before. Default: now. */
  readonly startedAt?: number | undefined;
  /** When a create is done. Default: `converged`. A delete ignores it. */
  readonly until?: Until | undefined;
  /**
   * A recent observation. If it allows an attach, the attach is sent without another read, because the API refuses one that
   * is no longer possible. A delete ignores it.
   */
  readonly recentObservation?: Observation | undefined;
  /** Aborts the operation, which then fails with the reason `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

export interface Failed {
  readonly ok: false;
  readonly error: OperationError;
}

/** The result of an operation. `acted`: it sent a request that may have been carried out. */
export type OperationResult =
  { readonly ok: true; readonly observation: Observation; readonly acted: boolean } | Failed;
