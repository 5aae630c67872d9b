import type { NicId } from '../zec/ids';

/**
 * Keeps the operations of one handler on one vNIC apart: of their changing requests at most one is under way, and
 * none rests on a look from before the last one ended.
 */
export class Turns {
  private readonly vnics = new Map<NicId, { operations: number; underWay: boolean; marks: number }>();

  /** An operation on a vNIC begins. Call `leave` when it is over. */
  public join(nicId: NicId): Turn {
    const vnic = this.vnics.get(nicId) ?? { operations: 0, underWay: false, marks: 0 };
    this.vnics.set(nicId, vnic);
    vnic.operations += 1;
    let asked = -1;
    return {
      looking: () => {
        asked = vnic.underWay ? -1 : vnic.marks;
      },
      mayAct: () => !vnic.underWay && asked === vnic.marks,
      act: async (request) => {
        vnic.underWay = true;
        try {
          return await request();
        } finally {
          vnic.underWay = false;
          vnic.marks += 1;
        }
      },
      leave: () => {
        vnic.operations -= 1;
        if (vnic.operations === 0) this.vnics.delete(nicId);
      },
    };
  }
}

/** One operation's part in the turns of its vNIC. */
export interface Turn {
  /** A look begins. */
  looking(): void;
  /** Whether no request of another operation was under way since the look began. */
  mayAct(): boolean;
  /** Sends a request. */
  act<T>(request: () => Promise<T>): Promise<T>;
  leave(): void;
}
