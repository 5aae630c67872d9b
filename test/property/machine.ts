import type { Clock } from '../../lib/zec/clock';
import type { SentTimes } from '../../lib/zec/open-requests';

/** The one machine of all processes: what each tells the next of its requests, as the files of a folder do. */
export class Machine implements SentTimes {
  private readonly kept = new Map<string, { readonly at: number; readonly by: string }>();

  public constructor(private readonly clock: Clock) {}

  public keep(nicId: string, by: string): void {
    this.kept.set(nicId, { at: this.clock.now(), by });
  }

  public remove(nicId: string, by: string): void {
    if (this.kept.get(nicId)?.by === by) this.kept.delete(nicId);
  }

  public age(nicId: string): number | undefined {
    const kept = this.kept.get(nicId);
    return kept === undefined ? undefined : this.clock.now() - kept.at;
  }
}
