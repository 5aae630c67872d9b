import type { Dispatcher } from 'undici';
import type { Proxy } from './proxy';

/**
 * Connections through a proxy. Loaded on demand, because few need it, and by private paths: they add 20 kB to each bundle,
 * the public entry 264 kB.
 */
export async function proxied(proxy: Proxy, options: object): Promise<Dispatcher> {
  const { default: ProxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js');
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
  const { default: connect } = await import('undici/lib/api/api-connect.js');
  // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
  const tls = { rejectUnauthorized: true };
  return new ProxyAgent({
    ...options,
    uri: proxy.uri.reveal(),
    requestTls: tls,
    proxyTls: tls,
    // The public entry gives every dispatcher this method; here only the one that needs it has it.
    clientFactory: (origin, poolOptions) => Object.assign(new Pool(origin, poolOptions), { connect }),
  });
}
