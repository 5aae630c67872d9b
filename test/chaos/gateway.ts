import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** Forwards connections to a simulator. During an outage the port is closed, while the simulated cloud goes on. */
export class Gateway {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly endpoint: URL) {}

  public static async start(endpoint: string): Promise<Gateway> {
    const gateway = new Gateway(new URL(endpoint));
    await gateway.open();
    return gateway;
  }

  /** The host and port that clients connect to. */
  public get domain(): string {
    return `${HOST}:${this.port}`;
  }

  /** Cuts all connections, also those with a request in flight, and refuses new ones for `ms`. */
  public async outage(ms: number): Promise<void> {
    await this.close();
    await sleep(ms);
    await this.open();
  }

  public async close(): Promise<void> {
    const closed = this.server && once(this.server, 'close');
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async open(): Promise<void> {
    this.server = createServer((client) => {
      const { hostname, port } = this.endpoint;
      const upstream = connect(Number(port), hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from
          .on('error', () => to.destroy())
          .on('close', () => {
            this.sockets.delete(from);
            to.destroy();
          });
        from.pipe(to);
      }
    }).listen(this.port, HOST);
    await once(this.server, 'listening');
    ({ port: this.port } = this.server.address() as AddressInfo);
  }
}
