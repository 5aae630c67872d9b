import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writings } from './secrets';

/** The part of a response that echoes the secrets. */
export type Echo = 'errors' | 'names' | 'statuses';

/** A hostile API that echoes the caller's secrets in its responses. */
export class EchoApi {
  public echo: Echo = 'errors';
  public requests = 0;
  private readonly server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      this.requests += 1;
      const { status, body } = this.responseTo(String(request.headers['x-zc-action']));
      response.writeHead(status, { 'content-type': 'application/json', 'x-echo': this.text });
      response.end(JSON.stringify(body));
    });
  });

  public constructor(private readonly secrets: readonly string[]) {}

  public async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  public get environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return { ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}`, ZENLAYERCLOUD_SCHEME: 'http' };
  }

  public async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get text(): string {
    return this.secrets.map(writings).join(' | ');
  }

  private responseTo(action: string): { status: number; body: unknown } {
    const requestId = 'T00000000-0000-4000-A000-000000000001';
    if (this.echo === 'errors' || !action.startsWith('Describe')) {
      return { status: 400, body: { requestId, code: 'INVALID_PARAMETER', message: this.text } };
    }
    const shown = this.echo === 'names' ? this.text.slice(0, 1000) : undefined;
    const status = this.echo === 'statuses' ? this.secrets[0] : undefined;
    const nic = {
      nicId: 'nic-1',
      status: status ?? 'AVAILABLE',
      nicType: 'Secondary',
      regionId: 'asia-east-1',
    };
    const instance = { instanceId: 'ins-1', status: status ?? 'RUNNING', zoneId: 'asia-east-1a', nics: [] };
    const dataSet = action.includes('Instances')
      ? [{ ...instance, instanceName: shown }]
      : [{ ...nic, name: shown, macAddress: shown, vpcId: shown, primaryIpv4: shown }];
    return { status: 200, body: { requestId, response: { requestId, totalCount: 1, dataSet } } };
  }
}
