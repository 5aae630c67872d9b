import { Agent, request } from 'node:http';
import { resolveSettings } from '../../../lib/zec/settings';
import { requestHeaders } from '../../../lib/zec/signing';
import type { Action } from '../../../lib/zec/types';

/** The fields of a vNIC that the vendor's provider reads. */
export interface VendorNic {
  readonly status: string;
  readonly instanceId?: string;
}

const agent = new Agent({ keepAlive: true });

/**
 * Sends one request to a simulator, without a rate limiter or retries, because the baseline is measured without a
 * limit. The settings are environment variables.
 */
function call<T>(action: Action, parameters: object): Promise<T> {
  const { domain, credentials } = resolveSettings({ env: process.env, homeDir: '/nowhere' });
  const body = JSON.stringify(parameters);
  const headers = requestHeaders({ action, domain, body, wallMs: Date.now(), credentials });
  const { hostname, port } = new URL(`http://${domain}`);
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, hostname, port, method: 'POST', path: '/api/v2/zec', headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          if (response.statusCode === 200) resolve((JSON.parse(text) as { response: T }).response);
          else reject(new Error(`${action}: ${response.statusCode ?? 'no status'} ${text}`));
        });
      },
    );
    sent.on('error', reject).end(body);
  });
}

export async function attach(nicId: string, instanceId: string): Promise<void> {
  await call('AttachNetworkInterface', { nicId, instanceId });
}

export async function detach(nicId: string): Promise<void> {
  await call('DetachNetworkInterface', { nicId });
}

export async function readNic(nicId: string): Promise<VendorNic | undefined> {
  const page = await call<{ dataSet: readonly VendorNic[] }>('DescribeNetworkInterfaces', {
    nicIds: [nicId],
    pageSize: 1,
  });
  return page.dataSet[0];
}
