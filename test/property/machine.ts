import type { Clock } from '../../lib/zec/clock';
import type { SentTimes } from '../../lib/zec/open-requests';

/** The one machine of all processes: what each tells the next of its requests, as the files of a folder do. */
export class Machine implements SentTimes {
  private readonly sentAt = new Map<string, number>();

  public constructor(private readonly clock: Clock) {}

  public keep(nicId: string): void {
    this.sentAt.set(nicId, this.clock.now());
  }

  public remove(nicId: string): void {
    this.sentAt.delete(nicId);
  }

  public age(nicId: string): number | undefined {
    const at = this.sentAt.get(nicId);
    return at === undefined ? undefined : this.clock.now() - at;
  }
}
