import type { ZecClient } from '../../zec/client';
import { connect } from '../../zec/client';
import type { ZecEndpoint } from '../../zec/settings';
import type { Session } from '../session';
import { checkCliConfig, checkPluginCache } from './cli-config';
import { runCheck, skip } from './finding';
import type { CheckLimits, CheckResult, Finding } from './finding';
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
import {
  checkMutatingAction,
  checkReadAction,
  checkSignature,
  MUTATING_ACTIONS,
  READ_ACTIONS,
} from './permissions';
import { checkSettings } from './settings';

export interface CheckOptions extends CheckLimits {
  /** Skips the permission checks of attach and detach. */
  readonly readOnly: boolean;
  /** The working directory, which may contain a CDKTF app. */
  readonly directory: string;
}

/**
 * Checks all prerequisites of a deploy, and yields each finding when its check is done.
 * @throws the reason of the signal
 */
export async function* runChecks(session: Session, options: CheckOptions): AsyncGenerator<Finding> {
  const { env, homeDir } = session;
  const app = readApp(options.directory);
  const local: readonly [string, string, (signal: AbortSignal) => CheckResult | Promise<CheckResult>][] = [
    ['node', 'Node.js', (signal) => checkNode(env, signal)],
    ['terraform', 'Terraform', (signal) => checkTerraform(env, signal)],
    ['cli-config', 'CLI configuration', () => checkCliConfig({ env, homeDir }, app.usesProviderRunner)],
    ['plugin-cache', 'Plugin cache', () => checkPluginCache({ env, homeDir })],
    ['provider-lock', 'Provider lock', () => checkProviderLock(env, app)],
  ];
  for (const [id, title, check] of local) yield await runCheck(id, title, options, check);
  const { findings, endpoint, settings } = checkSettings(env, homeDir);
  if (settings !== undefined) session.protect(settings);
  yield* findings;
  const isReachable = yield* checkNetwork(session, endpoint, options);
  if (settings === undefined || !isReachable) {
    const cause = settings === undefined ? 'there are no usable credentials' : 'an earlier check failed';
    const detail = `not checked, because ${cause}`;
    yield { id: 'signature', title: 'Signature', ...skip(detail) };
    yield* skippedPermissions(detail);
    return;
  }
  const { api } = connect(settings);
  try {
    yield* checkApi(api, options);
  } finally {
    await api.close();
  }
}

/** @returns whether the API is reachable and its certificate is trusted */
async function* checkNetwork(
  { env }: Session,
  endpoint: ZecEndpoint | undefined,
  options: CheckLimits,
): AsyncGenerator<Finding, boolean> {
  let passed = endpoint !== undefined;
  const host = endpoint === undefined ? { hostname: '', port: 0 } : hostOf(endpoint);
  const proxies = endpoint === undefined ? [] : proxiesFor(env, host, endpoint.scheme);
  const checkIfPassed = async (
    id: string,
    title: string,
    check: (endpoint: ZecEndpoint, signal: AbortSignal) => Promise<CheckResult>,
  ): Promise<Finding> => {
    if (!passed || endpoint === undefined) {
      return { id, title, ...skip('not checked, because an earlier check failed') };
    }
    const finding = await runCheck(id, title, options, (signal) => check(endpoint, signal));
    passed = finding.verdict !== 'fail';
    return finding;
  };
  yield await checkIfPassed('dns', 'DNS', () => checkDns(host));
  const tcp = await checkIfPassed('tcp', 'Connection', (_, signal) => checkTcp(host, proxies, signal));
  yield tcp;
  if (tcp.verdict !== 'skip') {
    yield { id: 'proxy', title: 'Proxy', ...checkProxies(proxies, tcp.verdict === 'ok') };
  }
  yield await checkIfPassed('tls', 'TLS', (known, signal) => checkTls(known, host, signal));
  const override = checkTlsOverride(env);
  if (override !== undefined) yield { id: 'tls-override', title: 'TLS', ...override };
  const isTrusted = passed;
  yield await checkIfPassed('clock', 'Clock', checkClock);
  // A skewed clock does not prevent the check of the signature.
  return isTrusted;
}

async function* checkApi(client: ZecClient, options: CheckOptions): AsyncGenerator<Finding> {
  const check = (id: string, title: string, run: (signal: AbortSignal) => Promise<CheckResult>) =>
    runCheck(id, title, options, run);
  const signature = await check('signature', 'Signature', (signal) => checkSignature(client, signal));
  yield signature;
  if (signature.verdict !== 'ok') {
    yield* skippedPermissions('not checked, because the signature check failed');
    return;
  }
  for (const action of READ_ACTIONS) {
    yield await check(`permission-${action}`, action, (signal) => checkReadAction(client, action, signal));
  }
  for (const action of MUTATING_ACTIONS) {
    const id = `permission-${action}`;
    yield options.readOnly
      ? { id, title: action, ...skip('not checked (--read-only)') }
      : await check(id, action, (signal) => checkMutatingAction(client, action, signal));
  }
}

function* skippedPermissions(detail: string): Generator<Finding> {
  for (const action of [...READ_ACTIONS, ...MUTATING_ACTIONS]) {
    yield { id: `permission-${action}`, title: action, ...skip(detail) };
  }
}
