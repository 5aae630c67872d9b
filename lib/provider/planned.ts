import type { Target } from '../handler';
import type { Clock } from '../zec/clock';
import { attachmentId } from '../zec/ids';
import type { AttachmentId, InstanceId, NicId } from '../zec/ids';

/** How long nothing may be planned before what is planned counts as all, in milliseconds. */
const QUIET_MS = 400;
const LONGEST_MS = 5_000;
const STEP_MS = 50;
/** So many waiting plans may hold all of Terraform's workers: then nothing more is ever planned while they wait. */
const MAX_WAITING = 8;

/** What one plan does with attachments, as far as it has come. Terraform plans resources in no order. */
export class Planned {
  private readonly freed = new Map<NicId, InstanceId>();
  private readonly freedFromInstance = new Map<InstanceId, number>();
  private readonly addedToInstance = new Map<InstanceId, number>();
  private readonly vanished = new Set<AttachmentId>();
  private lastAt: number;
  private waiting = 0;
  private begun: 'nothing' | 'creates' | 'removals' = 'nothing';

  public constructor(private readonly clock: Clock) {
    this.lastAt = clock.now();
  }

  /**
   * The plan is being carried out. Terraform plans each create once more then, in a process that is told of no
   * removal: what is missing from such a plan says nothing.
   */
  public begin(what: 'creates' | 'removals'): void {
    if (this.begun !== 'removals') this.begun = what;
  }

  /** Whether this command applies a plan. */
  public get applying(): boolean {
    return this.begun !== 'nothing';
  }

  /** Whether the plan that this command applies removes something. */
  public get removing(): boolean {
    return this.begun === 'removals';
  }

  /** Something was read or planned. */
  public touch(): void {
    this.lastAt = this.clock.now();
  }

  /** A record of this attachment was found to stand for nothing any more. */
  public vanish({ nicId, instanceId }: Target): void {
    this.vanished.add(attachmentId(nicId, instanceId));
    this.touch();
  }

  /** Whether a record of this attachment vanished in this very command. */
  public hasVanished({ nicId, instanceId }: Target): boolean {
    return this.vanished.has(attachmentId(nicId, instanceId));
  }

  /** The plan removes or replaces this attachment. */
  public release({ nicId, instanceId }: Target): void {
    const before = this.freed.get(nicId);
    if (before !== undefined) add(this.freedFromInstance, before, -1);
    this.freed.set(nicId, instanceId);
    add(this.freedFromInstance, instanceId, 1);
    this.touch();
  }

  /** The plan makes this attachment. @returns how many it makes for the instance so far, this one included */
  public create({ instanceId }: Target): number {
    this.touch();
    return add(this.addedToInstance, instanceId, 1);
  }

  /** Whether the plan frees the vNIC from the instance. */
  public frees(nicId: NicId, instanceId: string): boolean {
    return this.freed.get(nicId) === instanceId;
  }

  /** How many attachments of the instance the plan removes. */
  public freedFrom(instanceId: InstanceId): number {
    return this.freedFromInstance.get(instanceId) ?? 0;
  }

  /**
   * Waits until `holds`, or until nothing new was planned for a while.
   * @returns whether it holds; `undefined` if that cannot be told, because too many plans wait at once, or because
   * the plan is being carried out
   */
  public async settle(holds: () => boolean, signal: AbortSignal): Promise<boolean | undefined> {
    if (holds()) return true;
    if (this.waiting >= MAX_WAITING) return undefined;
    this.waiting += 1;
    const giveUpAt = this.clock.now() + LONGEST_MS;
    try {
      while (!holds()) {
        if (this.applying) return undefined;
        const now = this.clock.now();
        if (now >= giveUpAt || now - this.lastAt >= QUIET_MS)
          return this.waiting < MAX_WAITING ? false : undefined;
        await this.clock.sleep(STEP_MS, signal);
      }
      return true;
    } finally {
      this.waiting -= 1;
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, more: number): number {
  const count = (counts.get(key) ?? 0) + more;
  counts.set(key, count);
  return count;
}
