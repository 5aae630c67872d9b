import { createServer } from 'node:net';
import type { Socket } from 'node:net';

/** Listens from the first moment on; connections wait, unread, until there is a server for them. */
export class WaitingRoom {
  private readonly waiting: Socket[] = [];
  private receive: (socket: Socket) => void = (socket) => void this.waiting.push(socket);
  private readonly server = createServer({ pauseOnConnect: true }, (socket) => this.receive(socket));

  public listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(path, resolve);
    });
  }

  /** Hands over those who wait, and everybody who comes later. */
  public admit(receive: (socket: Socket) => void): void {
    this.receive = receive;
    for (const socket of this.waiting.splice(0)) receive(socket);
  }
}
