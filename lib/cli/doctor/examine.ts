import { ZecClient } from '../../zec/client';
import type { ZecEndpoint } from '../../zec/settings';
import type { Session } from '../session';
import { checkCliConfig, checkPluginCache } from './cli-config';
import { checkProviderLock, checkProxies, checkTlsOverride, lookAtApp, proxiesFor } from './environment';
import { checked, skip } from './finding';
import type { Bounds, Finding, Outcome } from './finding';
import { checkClock, checkDns, checkTcp, checkTls, hostOf } from './network';
import { CHANGES, checkChange, checkRead, checkSignature, READS } from './permissions';
import { checkNode, checkTerraform } from './runtime';
import { checkSettings } from './settings';

export interface ExamineOptions extends Bounds {
  /** Leaves out the two requests that ask for a change of something that does not exist. */
  readonly readOnly: boolean;
  readonly folder: string;
}

/**
 * Looks at everything that has to be right for a deploy, one finding after the other.
 * @throws the signal's reason
 */
export async function* examine(session: Session, options: ExamineOptions): AsyncGenerator<Finding> {
  const { env, homeDir } = session;
  const app = lookAtApp(options.folder);
  yield await checked('node', 'Node.js', options, (signal) => checkNode(env, signal));
  yield await checked('terraform', 'Terraform', options, (signal) => checkTerraform(env, signal));
  yield await checked('cli-config', 'CLI configuration', options, () =>
    checkCliConfig({ env, homeDir }, app.providerRunner !== undefined),
  );
  yield await checked('plugin-cache', 'Plugin cache', options, () => checkPluginCache({ env, homeDir }));
  yield await checked('provider-lock', 'Provider lock', options, () => checkProviderLock(env, app));
  const { findings, endpoint, settings } = checkSettings(env, homeDir);
  if (settings !== undefined) session.protect(settings);
  yield* findings;
  const reachable = yield* examineNetwork(session, endpoint, options);
  if (settings === undefined || !reachable) {
    const why = settings === undefined ? 'there are no usable credentials' : 'the API is not reached';
    for (const [id, title] of API_CHECKS) yield { id, title, ...skip(`not checked, because ${why}`) };
    return;
  }
  const client = new ZecClient(settings);
  try {
    yield* examineApi(client, options);
  } finally {
    await client.close();
  }
}

const API_CHECKS = [
  ['signature', 'Signature'] as const,
  ...[...READS, ...CHANGES].map((action) => [`permission-${action}`, action] as const),
];

/** @returns whether the API is reached, and as itself */
async function* examineNetwork(
  { env }: Session,
  endpoint: ZecEndpoint | undefined,
  options: Bounds,
): AsyncGenerator<Finding, boolean> {
  let passed = endpoint !== undefined;
  const host = endpoint === undefined ? { hostname: '', port: 0 } : hostOf(endpoint);
  const proxies = endpoint === undefined ? [] : proxiesFor(env, host, endpoint.scheme);
  const after = async (
    id: string,
    title: string,
    check: (known: ZecEndpoint, signal: AbortSignal) => Promise<Outcome>,
  ): Promise<Finding> => {
    if (!passed || endpoint === undefined)
      return { id, title, ...skip('not checked, because of what failed above') };
    const finding = await checked(id, title, options, (signal) => check(endpoint, signal));
    passed = finding.verdict !== 'fail';
    return finding;
  };
  yield await after('dns', 'DNS', () => checkDns(host));
  const tcp = await after('tcp', 'Connection', (_, signal) => checkTcp(host, proxies, signal));
  yield tcp;
  if (tcp.verdict !== 'skip') {
    yield { id: 'proxy', title: 'Proxy', ...checkProxies(proxies, tcp.verdict === 'ok') };
  }
  yield await after('tls', 'TLS', (known, signal) => checkTls(known, host, signal));
  const override = checkTlsOverride(env);
  if (override !== undefined) yield { id: 'tls-override', title: 'TLS', ...override };
  const trusted = passed;
  yield await after('clock', 'Clock', checkClock);
  // A clock that is off does not keep the signature from being checked.
  return trusted;
}

async function* examineApi(client: ZecClient, options: ExamineOptions): AsyncGenerator<Finding> {
  const signature = await checked('signature', 'Signature', options, (signal) =>
    checkSignature(client, signal),
  );
  yield signature;
  const believed = signature.verdict === 'ok';
  for (const action of READS) {
    const id = `permission-${action}`;
    if (believed) yield await checked(id, action, options, (signal) => checkRead(client, action, signal));
    else yield { id, title: action, ...skip('not checked, because the signature is not accepted') };
  }
  for (const action of CHANGES) {
    const id = `permission-${action}`;
    if (!believed) yield { id, title: action, ...skip('not checked, because the signature is not accepted') };
    else if (options.readOnly) yield { id, title: action, ...skip('not asked (--read-only)') };
    else yield await checked(id, action, options, (signal) => checkChange(client, action, signal));
  }
}
