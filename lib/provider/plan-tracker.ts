import type { Target } from '../handler';
import type { Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { DEFAULT_WORKERS } from './workers';

/** The plan is considered complete after this time without activity, in milliseconds. */
const QUIET_MS = 400;
/** The same while a plan of a resource that was read is missing. The plan of a tainted resource never comes. */
const QUIET_UNPLANNED_MS = 1_500;
const MAX_WAIT_MS = 5_000;
const POLL_INTERVAL_MS = 50;
/** Maximum number of waiting checks, also with more workers. */
const MAX_WAITING = 8;
/** Terraform's workers that waiting checks do not occupy, so that the rest of the plan continues. */
const FREE_WORKERS = 2;

/** Tracks the attachments and detachments of a plan in progress. Terraform plans resources in any order. */
export class PlanTracker {
  /** Whether this command is applying a plan. */
  public applying = false;
  private readonly detached = new Map<NicId, InstanceId>();
  /** Attachments that were read and are not planned yet. */
  private readonly unplanned = new Map<NicId, InstanceId>();
  private readonly attached = new Map<InstanceId, Set<NicId | symbol>>();
  private readonly reported = new Set<string>();
  private activities = 0;
  private waiting = 0;
  private maxWaiting: number | undefined;

  /** @param workers returns the number of Terraform's workers. Called once, if a check has to wait */
  public constructor(
    private readonly clock: Clock,
    private readonly workers: () => number = () => DEFAULT_WORKERS,
  ) {}

  /**
   * Records that the plan is being applied. Terraform then plans creates again without the deletes, so the tracked plan is
   * incomplete.
   */
  public markApplying(): void {
    this.applying = true;
    this.recordActivity();
  }

  /** Records that a resource was read or planned. */
  public recordActivity(): void {
    this.activities += 1;
  }

  /** Records that an attachment in the state is being read. */
  public willRead({ nicId, instanceId }: Target): void {
    this.unplanned.set(nicId, instanceId);
    this.recordActivity();
  }

  /** Records that an attachment was planned, or does not exist. */
  public wasPlanned({ nicId }: Target): void {
    this.unplanned.delete(nicId);
    this.recordActivity();
  }

  /** Records that the plan deletes or replaces an attachment. */
  public willDetach({ nicId, instanceId }: Target): void {
    this.detached.set(nicId, instanceId);
    this.recordActivity();
  }

  /** Records that the plan attaches a vNIC. `nicId` is `undefined` if it is known only after apply. */
  public willAttach(nicId: NicId | undefined, instanceId: InstanceId): void {
    const nics = this.attached.get(instanceId) ?? new Set();
    this.attached.set(instanceId, nics.add(nicId ?? Symbol('unknown vNIC')));
    this.recordActivity();
  }

  /** Whether the plan detaches the vNIC from the instance. */
  public detaches(nicId: NicId, instanceId: string): boolean {
    return this.detached.get(nicId) === instanceId;
  }

  /**
   * Like {@link detaches}, once the plan is complete. A tainted resource was read, and is then planned like a new one, without
   * the attachment that apply deletes.
   */
  public mayDetach(nicId: NicId, instanceId: string): boolean {
    return this.detaches(nicId, instanceId) || this.unplanned.get(nicId) === instanceId;
  }

  /** The number of vNICs that an instance will hold after the plan, if it now holds `listed`. */
  public countAfter(instanceId: InstanceId, listed: readonly NicId[]): number {
    const kept = listed.filter((nicId) => !this.detaches(nicId, instanceId));
    return new Set([...kept, ...(this.attached.get(instanceId) ?? [])]).size;
  }

  /** Whether this is the first call with the text, so that a warning is reported once. */
  public firstReport(summary: string): boolean {
    const first = !this.reported.has(summary);
    this.reported.add(summary);
    return first;
  }

  /**
   * Waits until `holds` returns true or the plan is complete.
   * @returns whether it holds; `undefined` if the plan may be incomplete, because too many checks are waiting for the
   * number of Terraform's workers, or it is being applied
   */
  public async waitUntilQuiet(holds: () => boolean, signal: AbortSignal): Promise<boolean | undefined> {
    if (holds()) return true;
    const maxWaiting = (this.maxWaiting ??= Math.min(MAX_WAITING, this.workers() - FREE_WORKERS));
    if (this.waiting >= maxWaiting) return undefined;
    this.waiting += 1;
    const deadline = this.clock.now() + MAX_WAIT_MS;
    let last = this.activities;
    // The sum of the sleeps: while this process has no CPU, Terraform may have none either.
    let quietMs = 0;
    try {
      while (!holds()) {
        if (this.applying) return undefined;
        if (last !== this.activities) quietMs = 0;
        last = this.activities;
        const limitMs = this.unplanned.size > 0 ? QUIET_UNPLANNED_MS : QUIET_MS;
        if (quietMs >= limitMs || this.clock.now() >= deadline) {
          return this.waiting < maxWaiting ? false : undefined;
        }
        await this.clock.sleep(POLL_INTERVAL_MS, signal);
        quietMs += POLL_INTERVAL_MS;
      }
      return true;
    } finally {
      this.waiting -= 1;
    }
  }
}
