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
import { Turns } from './turns';

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

/** A removal that is under way. */
interface Removal {
  readonly instanceId: InstanceId;
  readonly ended: Promise<unknown>;
}

function isFull({ cause }: OperationError): boolean {
  return cause instanceof ZecApiError && cause.code === 'INVALID_INSTANCE_NIC_LIMIT';
}

/**
 * The attachments that one Terraform command works on. Within one apply a vNIC may be created in one place and
 * removed in another (a renamed or moved attachment), in any order: this keeps the two from hurting each other.
 */
export class Attachments {
  private readonly turns = new Turns();
  /** What this process attached or adopted: a record of it that goes away is an old name, and not the attachment. */
  private readonly established = new Set<AttachmentId>();
  private readonly releases = new Map<NicId, number>();
  private readonly removals = new Set<Removal>();
  private lastReleaseAt: number;
  /** Calls of the handler that have not ended. */
  private running = 0;
  private lastEndedAt: number;

  public constructor(
    private readonly handler: NicAttachmentHandler,
    private readonly clock: Clock,
  ) {
    this.lastReleaseAt = clock.now();
    this.lastEndedAt = clock.now();
  }

  /**
   * Creates the attachment; if another holds the vNIC, or the instance is full, first waits for a removal of that one
   * or from that instance in the same apply.
   */
  public async create(target: Target, options: CreateOptions): Promise<CreateResult> {
    const startedAt = this.clock.now();
    let { seen } = options;
    for (;;) {
      const releases = this.releases.get(target.nicId) ?? 0;
      const room = this.removalFrom(target.instanceId);
      const timeoutMs = Math.max(1, options.timeoutMs - (this.clock.now() - startedAt));
      const result = await this.run(target.nicId, () =>
        this.handler.create(target, { ...options, seen, timeoutMs }),
      );
      seen = undefined;
      if (result.ok) this.established.add(result.attachment.id);
      if (result.ok) return result;
      const making = isFull(result.error) ? (room ?? this.removalFrom(target.instanceId)) : undefined;
      if (making !== undefined) {
        await making.ended;
        continue;
      }
      if (result.error.details.heldBy === undefined) return result;
      if (!(await this.released(target.nicId, releases, startedAt, options))) return result;
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
    const ended = this.remove(target, options, ready);
    const removal = { instanceId: target.instanceId, ended: ended.catch(() => undefined) };
    this.removals.add(removal);
    try {
      return await ended;
    } finally {
      this.removals.delete(removal);
    }
  }

  private async remove(
    target: Target,
    options: OperationOptions,
    ready: (() => Promise<void>) | undefined,
  ): Promise<DeleteResult | 'kept'> {
    const result = await this.run(target.nicId, async () => {
      await ready?.();
      return this.established.has(attachmentId(target.nicId, target.instanceId))
        ? ('kept' as const)
        : this.handler.delete(target, options);
    });
    this.releases.set(target.nicId, (this.releases.get(target.nicId) ?? 0) + 1);
    this.lastReleaseAt = this.clock.now();
    return result;
  }

  private async run<T>(nicId: NicId, work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await this.turns.take(nicId, work);
    } finally {
      this.running -= 1;
      this.lastEndedAt = this.clock.now();
    }
  }

  private removalFrom(instanceId: InstanceId): Removal | undefined {
    return [...this.removals].find((removal) => removal.instanceId === instanceId);
  }

  /** Waits until a removal of the vNIC ended in this process. @returns whether one did in time */
  private async released(
    nicId: NicId,
    seen: number,
    startedAt: number,
    { releasedByPlan, timeoutMs, signal }: CreateOptions,
  ): Promise<boolean> {
    for (;;) {
      if ((this.releases.get(nicId) ?? 0) > seen) return true;
      const giveUpAt = Math.min(startedAt + timeoutMs, this.noRemovalUntil(startedAt, releasedByPlan));
      if (signal?.aborted === true || this.clock.now() >= giveUpAt) return false;
      await this.clock.sleep(STEP_MS, signal).catch(() => undefined);
    }
  }

  /** Until when a removal of a vNIC may still begin. */
  private noRemovalUntil(startedAt: number, releasedByPlan: boolean): number {
    // Creates that wait may hold all of Terraform's workers, and then no removal can ever begin.
    if (releasedByPlan || this.removals.size > 0) return Math.max(startedAt, this.lastReleaseAt) + STALLED_MS;
    return this.running > 0 ? startedAt + BUSY_MS : Math.max(startedAt, this.lastEndedAt) + QUIET_MS;
  }
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
