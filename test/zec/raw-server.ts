import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ZecClientOptions, ZecSettings } from '../../lib/zec';
import { Secret, ZecClient } from '../../lib/zec';

export const PASSWORD = 'the-password-that-nobody-may-see';
export const REQUEST_ID = 'T00000000-0000-4000-A000-000000000001';

export interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}
type Handler = (response: ServerResponse, received: Received) => void;

/** A server with responses from the test, which records its requests. */
export class RawServer {
  public readonly received: Received[] = [];
  public connections = 0;
  public handle: Handler = (response) => respond(response, 200, success({ totalCount: 0, dataSet: [] }));
  private readonly clients: ZecClient[] = [];
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const received = { request, body };
      this.received.push(received);
      this.handle(response, received);
    });
  });

  public async listen(): Promise<void> {
    this.server.on('connection', () => (this.connections += 1));
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  public get domain(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public client(options: ZecClientOptions & { settings?: Partial<ZecSettings> } = {}): ZecClient {
    const client = new ZecClient({ ...settings(this.domain), ...options.settings }, options);
    this.clients.push(client);
    return client;
  }

  public async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

export function settings(domain: string): ZecSettings {
  return {
    credentials: { kind: 'access-key', accessKeyId: 'key-id', accessKeyPassword: new Secret(PASSWORD) },
    scheme: 'http',
    domain,
    clientTimeoutMs: 5_000,
    sources: { credentials: 'test', scheme: 'test', domain: 'test', clientTimeout: 'test' },
  };
}

export function respond(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function success(response: object): object {
  return { requestId: REQUEST_ID, response: { requestId: REQUEST_ID, ...response } };
}

export function failure(code: string, message = 'No.'): object {
  return { requestId: REQUEST_ID, code, message };
}
