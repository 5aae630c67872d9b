import type { NicId } from '../zec/ids';

/** Lets operations on one vNIC go one after the other: an attach and a detach of it never race in this process. */
export class Turns {
  private readonly last = new Map<NicId, Promise<unknown>>();

  public async take<T>(nicId: NicId, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(nicId);
    const turn = (before ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    this.last.set(nicId, settled);
    try {
      return await turn;
    } finally {
      if (this.last.get(nicId) === settled) this.last.delete(nicId);
    }
  }
}
