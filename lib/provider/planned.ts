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
  private readonly added: Target[] = [];
  private readonly vanished = new Set<AttachmentId>();
  private lastAt: number;
  private waiting = 0;

  public constructor(private readonly clock: Clock) {
    this.lastAt = clock.now();
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
    this.freed.set(nicId, instanceId);
    this.touch();
  }

  /** The plan makes this attachment. @returns how many it makes for the instance so far, this one included */
  public create(target: Target): number {
    this.added.push(target);
    this.touch();
    return this.added.filter(({ instanceId }) => instanceId === target.instanceId).length;
  }

  /** Whether the plan frees the vNIC from the instance. */
  public frees(nicId: NicId, instanceId: string): boolean {
    return this.freed.get(nicId) === instanceId;
  }

  /** How many attachments of the instance the plan removes. */
  public freedFrom(instanceId: InstanceId): number {
    return [...this.freed.values()].filter((each) => each === instanceId).length;
  }

  /**
   * Waits until `holds`, or until nothing new was planned for a while.
   * @returns whether it holds; `undefined` if that cannot be told, because too many plans wait at once
   */
  public async settle(holds: () => boolean, signal: AbortSignal): Promise<boolean | undefined> {
    if (holds()) return true;
    if (this.waiting >= MAX_WAITING) return undefined;
    this.waiting += 1;
    const giveUpAt = this.clock.now() + LONGEST_MS;
    try {
      while (!holds()) {
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
