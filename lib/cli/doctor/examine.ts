import type { ZecClient } from '../../zec/client';
import { connect } from '../../zec/connect';
import type { ZecEndpoint } from '../../zec/settings';
import type { Session } from '../session';
import { checkCliConfig, checkPluginCache } from './cli-config';
import { checked, skip } from './finding';
import type { Bounds, Finding, Outcome } from './finding';
import { checkNode, checkProviderLock, checkTerraform, readApp } from './machine';
import {
  checkClock,
  checkDns,
  checkProxies,
  checkTcp,
  checkTls,
  checkTlsOverride,
  hostOf,
  proxiesFor,
} from './network';
import { CHANGES, checkChange, checkRead, checkSignature, READS } from './permissions';
import { checkSettings } from './settings';

export interface ExamineOptions extends Bounds {
  /** Leaves out the two requests that ask for a change of something that does not exist. */
  readonly readOnly: boolean;
  /** It may hold a CDKTF app. */
  readonly folder: string;
}

/**
 * Checks everything that has to be right for a deploy, one finding after the other.
 * @throws the signal's reason
 */
export async function* examine(session: Session, options: ExamineOptions): AsyncGenerator<Finding> {
  const { env, homeDir } = session;
  const app = readApp(options.folder);
  const local: readonly [string, string, (signal: AbortSignal) => Outcome | Promise<Outcome>][] = [
    ['node', 'Node.js', (signal) => checkNode(env, signal)],
    ['terraform', 'Terraform', (signal) => checkTerraform(env, signal)],
    ['cli-config', 'CLI configuration', () => checkCliConfig({ env, homeDir }, app.usesProviderRunner)],
    ['plugin-cache', 'Plugin cache', () => checkPluginCache({ env, homeDir })],
    ['provider-lock', 'Provider lock', () => checkProviderLock(env, app)],
  ];
  for (const [id, title, check] of local) yield await checked(id, title, options, check);
  const { findings, endpoint, settings } = checkSettings(env, homeDir);
  if (settings !== undefined) session.protect(settings);
  yield* findings;
  const isReachable = yield* examineNetwork(session, endpoint, options);
  if (settings === undefined || !isReachable) {
    const why = settings === undefined ? 'there are no usable credentials' : 'the API is not reached';
    yield { id: 'signature', title: 'Signature', ...skip(`not checked, because ${why}`) };
    yield* skippedPermissions(`not checked, because ${why}`);
    return;
  }
  const { api } = connect(settings);
  try {
    yield* examineApi(api, options);
  } finally {
    await api.close();
  }
}

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
    if (!passed || endpoint === undefined) {
      return { id, title, ...skip('not checked, because of what failed above') };
    }
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
  const check = (id: string, title: string, run: (signal: AbortSignal) => Promise<Outcome>) =>
    checked(id, title, options, run);
  const signature = await check('signature', 'Signature', (signal) => checkSignature(client, signal));
  yield signature;
  if (signature.verdict !== 'ok') {
    yield* skippedPermissions('not checked, because the signature is not accepted');
    return;
  }
  for (const action of READS) {
    yield await check(`permission-${action}`, action, (signal) => checkRead(client, action, signal));
  }
  for (const action of CHANGES) {
    const id = `permission-${action}`;
    yield options.readOnly
      ? { id, title: action, ...skip('not asked (--read-only)') }
      : await check(id, action, (signal) => checkChange(client, action, signal));
  }
}

function* skippedPermissions(why: string): Generator<Finding> {
  for (const action of [...READS, ...CHANGES]) {
    yield { id: `permission-${action}`, title: action, ...skip(why) };
  }
}
