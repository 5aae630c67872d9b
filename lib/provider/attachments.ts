import { KeyedLock } from '../handler';
import type {
  CreateResult,
  DeleteResult,
  NicAttachmentHandler,
  OperationError,
  OperationOptions,
  Target,
} from '../handler';
import type { Clock } from '../zec/clock';
import { ZecApiError } from '../zec/errors';
import { attachmentId } from '../zec/ids';
import type { AttachmentId, InstanceId, NicId } from '../zec/ids';

/** Terraform works on so many resources at a time unless `-parallelism` says otherwise. */
const DEFAULT_PARALLELISM = 10;

/** How long a create waits for a removal that nothing points to while this process does nothing else, in milliseconds. */
const QUIET_MS = 500;
/** The same while other creates run, which may hold the workers that a removal needs. */
const BUSY_MS = 5_000;
/** How long a create waits for a removal that is to be expected while nothing at all is removed. */
const STALLED_MS = 30_000;
const STEP_MS = 100;

export interface CreateOptions extends OperationOptions {
  /** The same plan removes the attachment that holds the vNIC now. */
  readonly releasedByPlan: boolean;
}

/**
 * The attachments that one Terraform command works on. Within one apply a vNIC may be created in one place and
 * removed in another (a renamed or moved attachment), in any order: this keeps the two from hurting each other.
 */
export class Attachments {
  private readonly lock = new KeyedLock<NicId>();
  /** What this process attached or adopted: a record of it that is removed is an old name, and not the attachment. */
  private readonly established = new Set<AttachmentId>();
  private readonly removals = new Set<Target>();
  /** Removals that have ended, and the last of each vNIC and from each instance. */
  private endedRemovals = 0;
  private readonly lastRemoval = new Map<NicId | InstanceId, number>();
  private lastRemovalAt: number;
  /** Calls of the handler that have not ended. */
  private running = 0;
  private lastCallEndedAt: number;

  public constructor(
    private readonly handler: NicAttachmentHandler,
    private readonly clock: Clock,
  ) {
    this.lastRemovalAt = clock.now();
    this.lastCallEndedAt = clock.now();
  }

  /**
   * Creates the attachment; if another instance holds the vNIC, or the instance is full, first waits for a removal of
   * that vNIC or from that instance in the same apply.
   */
  public async create(target: Target, options: CreateOptions): Promise<CreateResult> {
    const startedAt = this.clock.now();
    let { seen } = options;
    for (;;) {
      const before = this.endedRemovals;
      const timeoutMs = Math.max(1, options.timeoutMs - (this.clock.now() - startedAt));
      const result = await this.call(target.nicId, async () => {
        const created = await this.handler.create(target, { ...options, seen, timeoutMs });
        // Within the turn: a removal that has the next one must find it.
        if (created.ok) this.established.add(created.attachment.id);
        return created;
      });
      seen = undefined;
      if (result.ok) return result;
      const occupied = occupiedEnd(target, result.error);
      if (occupied === undefined || !(await this.removed(occupied, before, startedAt, options)))
        return result;
    }
  }

  /**
   * Removes the attachment, unless this process attached or adopted it under another name.
   * @param ready what the removal has to wait for first
   */
  public async delete(
    target: Target,
    options: OperationOptions,
    ready?: () => Promise<void>,
  ): Promise<DeleteResult | 'kept'> {
    this.removals.add(target);
    try {
      return await this.call(target.nicId, async () => {
        await ready?.();
        const kept = this.established.has(attachmentId(target.nicId, target.instanceId));
        return kept ? 'kept' : this.handler.delete(target, options);
      });
    } finally {
      this.removals.delete(target);
      this.endedRemovals += 1;
      this.lastRemoval.set(target.nicId, this.endedRemovals);
      this.lastRemoval.set(target.instanceId, this.endedRemovals);
      this.lastRemovalAt = this.clock.now();
    }
  }

  private async call<T>(nicId: NicId, work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await this.lock.run(nicId, work);
    } finally {
      this.running -= 1;
      this.lastCallEndedAt = this.clock.now();
    }
  }

  /** Waits for a removal at that end, after the first `before` of this process. @returns whether one ended in time */
  private async removed(
    end: NicId | InstanceId,
    before: number,
    startedAt: number,
    { releasedByPlan, timeoutMs, signal }: CreateOptions,
  ): Promise<boolean> {
    for (;;) {
      if ((this.lastRemoval.get(end) ?? 0) > before) return true;
      const giveUpAt = Math.min(
        startedAt + timeoutMs,
        this.mayBeRemovedUntil(end, startedAt, releasedByPlan),
      );
      if (signal?.aborted === true || this.clock.now() >= giveUpAt) return false;
      await this.clock.sleep(STEP_MS, signal).catch(() => undefined);
    }
  }

  private mayBeRemovedUntil(end: NicId | InstanceId, startedAt: number, releasedByPlan: boolean): number {
    if ([...this.removals].some(({ nicId, instanceId }) => nicId === end || instanceId === end)) {
      return Infinity;
    }
    // Creates that wait may hold all of Terraform's workers, and then no removal can ever begin.
    if (releasedByPlan || this.removals.size > 0) return Math.max(startedAt, this.lastRemovalAt) + STALLED_MS;
    return this.running > 0 ? startedAt + BUSY_MS : Math.max(startedAt, this.lastCallEndedAt) + QUIET_MS;
  }
}

/** The end that has to be freed before the attachment can be created; `undefined` if that is not what is wrong. */
function occupiedEnd({ nicId, instanceId }: Target, error: OperationError): NicId | InstanceId | undefined {
  const { cause, heldBy } = error.details;
  if (cause instanceof ZecApiError && cause.code === 'INVALID_INSTANCE_NIC_LIMIT') return instanceId;
  return heldBy === undefined ? undefined : nicId;
}

/** Notices when creates that wait for the cloud keep others from starting. */
export class Parallelism {
  private running = 0;
  private most = 0;
  private reported = false;

  /** @param report called once, when a create had to wait until one of Terraform's slots was free */
  public async run<T>(work: () => Promise<T>, report: (message: string) => void): Promise<T> {
    this.running += 1;
    // One that makes ten of them again came in when another ended, and more than ten there never were.
    const queued = this.running === DEFAULT_PARALLELISM && this.most === DEFAULT_PARALLELISM;
    this.most = Math.max(this.most, this.running);
    if (queued && !this.reported) {
      this.reported = true;
      report(
        `${this.running} attachments are waiting at the same time, as many as Terraform creates at once by default, and ` +
          'others start only when one of them is attached. -parallelism=100 (cdktf deploy --terraform-parallelism 100) or ' +
          'Convergence.TOGETHER makes this faster.',
      );
    }
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }
}
