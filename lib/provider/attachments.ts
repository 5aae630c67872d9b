import { OperationError } from '../handler';
import type { CreateResult, DeleteResult, NicAttachmentHandler, OperationOptions, Target } from '../handler';
import type { Goal } from '../handler/decide';
import { timedOut } from '../handler/errors';
import { KeyedLock } from '../handler/keyed-lock';
import { DiagnosticError } from '../plugin';
import { withTimeout, type Clock } from '../zec/clock';
import { attachmentId, type AttachmentId, type InstanceId, type NicId } from '../zec/ids';
import type { DeleteOptions, StoppedInstances } from './stopped-instances';

// How long a create waits for a delete in the same apply that has not started yet, in milliseconds.
/** No delete is expected, and no other call is running. */
const IDLE_MS = 500;
/** No delete is expected, but other creates are running and may occupy the workers that a delete needs. */
const BUSY_MS = 5_000;
/** Other deletes are running, but none has completed meanwhile. */
const STALLED_MS = 30_000;
const POLL_INTERVAL_MS = 100;

/** The error codes of an attach to a full instance. */
const FULL_CODES = [
  'INVALID_INSTANCE_NIC_LIMIT',
  'INVALID_INSTANCE_PRECHECK_ABNORMAL',
  'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
];

/** Options of an operation that may wait for others before it starts. */
type Timed = OperationOptions & { readonly startedAt: number };

/**
 * Coordinates the attachments of one Terraform command. When an attachment is renamed or moved, the same apply creates
 * one resource and deletes another for the same vNIC, in any order.
 */
export class Attachments {
  private readonly lock = new KeyedLock<NicId>();
  /** Attachments that this process attached or adopted. A delete of one of them only removes its old address from the state. */
  private readonly managed = new Set<AttachmentId>();
  /** Attachments whose delete failed, so that they are still in the state at their old address. */
  private readonly undeleted = new Set<AttachmentId>();
  private readonly runningDeletes = new Set<Target>();
  private readonly completedDeletes: Target[] = [];
  /** When the detach of each vNIC started. */
  private readonly detachedAt = new Map<NicId, number>();
  /** When the last successful create or delete of this process ended, in milliseconds since the Unix epoch. */
  public changedAt: number | undefined;
  private lastDeleteAt: number;
  private runningCalls = 0;
  private lastCallEndedAt: number;

  public constructor(
    private readonly handler: NicAttachmentHandler,
    private readonly clock: Clock,
    private readonly stopped: StoppedInstances,
  ) {
    this.lastDeleteAt = clock.now();
    this.lastCallEndedAt = clock.now();
  }

  /**
   * Creates the attachment. If another instance holds the vNIC, or the instance is full, waits for a delete in the same
   * apply that frees the vNIC or the instance, then retries.
   * @throws DiagnosticError if the attachment is still in the state at another address, because its delete there failed
   */
  public async create(target: Target, operationOptions: OperationOptions): Promise<CreateResult> {
    const options = { ...operationOptions, startedAt: this.clock.now() };
    let { recentObservation } = options;
    for (;;) {
      const before = this.completedDeletes.length;
      const result = await this.call('attach', target, options, async () => {
        this.throwIfUndeleted(target);
        const created = await this.handler.create(target, { ...options, recentObservation });
        this.throwIfUndeleted(target);
        // Before the lock is released, so that a waiting delete sees it.
        if (created.ok) {
          this.managed.add(created.attachment.id);
          this.changedAt = this.clock.wall();
        }
        return created;
      });
      recentObservation = undefined;
      if (result.ok) return result;
      const occupied = occupiedEndpoint(target, result.error);
      if (occupied === undefined) return result;
      if (!(await this.waitForDelete(occupied, before, options))) return result;
    }
  }

  /**
   * Deletes the attachment, unless this process attached or adopted it at another address.
   * @returns `left`: the instance is STOPPED, and the options say to leave the vNIC attached
   * @param prepare awaited before the delete; may return early when `isRenamed` is true
   */
  public async delete(
    target: Target,
    deleteOptions: DeleteOptions,
    prepare?: (isRenamed: () => boolean) => Promise<void>,
  ): Promise<DeleteResult | 'skipped' | 'left'> {
    const id = attachmentId(target.nicId, target.instanceId);
    const isRenamed = () => this.managed.has(id);
    const options = { ...deleteOptions, startedAt: this.clock.now() };
    this.runningDeletes.add(target);
    try {
      await prepare?.(isRenamed);
      const result = await this.call('detach', target, options, async () => {
        if (isRenamed()) return 'skipped';
        const detachedAt = this.clock.now();
        const deleted = await this.stopped.detach(target, options, () =>
          this.handler.delete(target, options),
        );
        if (deleted !== 'left' && deleted.ok && !deleted.alreadyDetached) {
          this.detachedAt.set(target.nicId, detachedAt);
          this.changedAt = this.clock.wall();
        }
        return deleted;
      });
      if (typeof result === 'object' && !result.ok) this.undeleted.add(id);
      return result;
    } catch (error) {
      if (isRenamed()) return 'skipped';
      this.undeleted.add(id);
      throw error;
    } finally {
      this.runningDeletes.delete(target);
      this.completedDeletes.push(target);
      this.lastDeleteAt = this.clock.now();
    }
  }

  /** Time since the detach of a vNIC in this process, in milliseconds. `undefined`: it was not detached. */
  public offlineMs(nicId: NicId): number | undefined {
    const detachedAt = this.detachedAt.get(nicId);
    return detachedAt === undefined ? undefined : this.clock.now() - detachedAt;
  }

  private throwIfUndeleted({ nicId, instanceId }: Target): void {
    if (!this.undeleted.has(attachmentId(nicId, instanceId))) return;
    throw new DiagnosticError(`vNIC ${nicId} is still managed by another resource of this state`, {
      detail:
        `The same apply was to delete that resource, which attaches it to instance ${instanceId}, and failed. ` +
        'Resolve that error, then apply again.',
    });
  }

  /** Runs `work` under the lock of the vNIC. Fails if the lock is not available within the timeout. */
  private async call<T>(goal: Goal, target: Target, { timeoutMs, startedAt }: Timed, work: () => Promise<T>) {
    const { lock, clock } = this;
    const remainingMs = Math.max(1, timeoutMs - (clock.now() - startedAt));
    const acquire = (signal?: AbortSignal) => lock.acquire(target.nicId, signal);
    this.runningCalls += 1;
    try {
      const release = await (lock.isHeld(target.nicId)
        ? withTimeout(clock, remainingMs, () => lockTimeout(goal, target, timeoutMs), undefined, acquire)
        : acquire());
      return await work().finally(release);
    } catch (error) {
      if (error instanceof OperationError) return { ok: false as const, error };
      throw error;
    } finally {
      this.runningCalls -= 1;
      this.lastCallEndedAt = this.clock.now();
    }
  }

  /**
   * Waits for a delete that frees the vNIC or the instance, other than the first `before` deletes of this process.
   * @returns whether one completed in time
   */
  private async waitForDelete(
    endpoint: NicId | InstanceId,
    before: number,
    { timeoutMs, startedAt, signal }: Timed,
  ): Promise<boolean> {
    const frees = ({ nicId, instanceId }: Target) => nicId === endpoint || instanceId === endpoint;
    for (;;) {
      if (this.completedDeletes.slice(before).some(frees)) return true;
      const expectedUntil = [...this.runningDeletes].some(frees)
        ? Infinity
        : this.deleteExpectedUntil(startedAt);
      const deadline = Math.min(startedAt + timeoutMs, expectedUntil);
      if (signal?.aborted === true || this.clock.now() >= deadline) return false;
      await this.clock.sleep(POLL_INTERVAL_MS, signal).catch(() => undefined);
    }
  }

  /** Until when a delete that has not started yet may still start. */
  private deleteExpectedUntil(startedAt: number): number {
    // Limited, because waiting creates may occupy all of Terraform's workers, so that no delete can start.
    if (this.runningDeletes.size > 0) {
      return Math.max(startedAt, this.lastDeleteAt) + STALLED_MS;
    }
    return this.runningCalls > 0 ? startedAt + BUSY_MS : this.lastCallEndedAt + IDLE_MS;
  }
}

function lockTimeout(goal: Goal, target: Target, timeoutMs: number): OperationError {
  const failure = timedOut(timeoutMs, 'another operation of this apply on the vNIC is still running');
  const nothing = { leftBehind: 'nothing', observed: [], requestIds: [] } as const;
  return new OperationError({ ...failure, ...nothing, goal, target });
}

/** The endpoint that must be freed before the attachment can be created; `undefined` for any other error. */
function occupiedEndpoint(
  { nicId, instanceId }: Target,
  error: OperationError,
): NicId | InstanceId | undefined {
  const { reason, cause, conflict, heldBy } = error.details;
  if (heldBy !== undefined) return nicId;
  const code = reason === 'refused' ? conflict : cause?.code;
  return FULL_CODES.some((each) => each === code) ? instanceId : undefined;
}
