import type { Target } from '../handler';
import type { Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';

/** After this time without activity, what was planned so far is taken to be the whole plan, in milliseconds. */
const QUIET_MS = 400;
const MAX_WAIT_MS = 5_000;
const STEP_MS = 50;
/** This many waiting plans may hold all of Terraform's workers: then nothing more is planned while they wait. */
const MAX_WAITING = 8;

/** What one plan does with attachments, as far as it has come. Terraform plans resources in no particular order. */
export class PlanTracker {
  private readonly detached = new Map<NicId, InstanceId>();
  private readonly attached = new Map<InstanceId, Set<NicId | symbol>>();
  private readonly reported = new Set<InstanceId>();
  private lastActivityAt: number;
  private waiting = 0;
  private applied: 'nothing' | 'creates' | 'removals' = 'nothing';

  public constructor(private readonly clock: Clock) {
    this.lastActivityAt = clock.now();
  }

  /**
   * A create or a removal of the plan is carried out. Terraform then plans each create once more, in a process that
   * is told of no removal: what is missing from such a plan says nothing.
   */
  public markApplying(what: 'creates' | 'removals'): void {
    if (this.applied !== 'removals') this.applied = what;
    this.recordActivity();
  }

  /** Whether this command carries out a plan. */
  public get applying(): boolean {
    return this.applied !== 'nothing';
  }

  /** Whether this command has removed something, or is about to. */
  public get removing(): boolean {
    return this.applied === 'removals';
  }

  /** Something was read or planned. */
  public recordActivity(): void {
    this.lastActivityAt = this.clock.now();
  }

  /** The plan removes or replaces this attachment. */
  public willDetach({ nicId, instanceId }: Target): void {
    this.detached.set(nicId, instanceId);
    this.recordActivity();
  }

  /** The plan attaches this vNIC; one whose ID is known only after apply is `undefined`. */
  public willAttach(nicId: NicId | undefined, instanceId: InstanceId): void {
    const nics = this.attached.get(instanceId) ?? new Set();
    this.attached.set(instanceId, nics.add(nicId ?? Symbol('a vNIC of its own')));
    this.recordActivity();
  }

  /** Whether the plan detaches the vNIC from the instance. */
  public detaches(nicId: NicId, instanceId: string): boolean {
    return this.detached.get(nicId) === instanceId;
  }

  /** How many vNICs an instance that lists `listed` now holds after the plan. */
  public countAfter(instanceId: InstanceId, listed: readonly NicId[]): number {
    const kept = listed.filter((nicId) => !this.detaches(nicId, instanceId));
    return new Set([...kept, ...(this.attached.get(instanceId) ?? [])]).size;
  }

  /** Whether this is the first report about the instance: one that is over its limit is told of once. */
  public firstReport(instanceId: InstanceId): boolean {
    const first = !this.reported.has(instanceId);
    this.reported.add(instanceId);
    return first;
  }

  /**
   * Waits until `holds`, or until nothing new was planned for a while.
   * @returns whether it holds; `undefined` if that cannot be told, because too many plans wait at once, or because
   * the plan is being carried out
   */
  public async waitUntilQuiet(holds: () => boolean, signal: AbortSignal): Promise<boolean | undefined> {
    if (holds()) return true;
    if (this.waiting >= MAX_WAITING) return undefined;
    this.waiting += 1;
    const giveUpAt = this.clock.now() + MAX_WAIT_MS;
    try {
      while (!holds()) {
        if (this.applying) return undefined;
        const now = this.clock.now();
        if (now >= giveUpAt || now - this.lastActivityAt >= QUIET_MS) {
          return this.waiting < MAX_WAITING ? false : undefined;
        }
        await this.clock.sleep(STEP_MS, signal);
      }
      return true;
    } finally {
      this.waiting -= 1;
    }
  }
}
