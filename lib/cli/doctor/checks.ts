import { connect } from '../../zec/client';
import { homeDirectory } from '../../zec/settings-file';
import type { Session } from '../session';
import { checkCliConfig, checkPluginCache } from './cli-config';
import { runCheck, skip } from './finding';
import type { Check, CheckVerdict, Finding } from './finding';
import { checkNode, checkProviderLock, checkTerraform, readApp } from './machine';
import * as network from './network';
import * as permissions from './permissions';
import { checkSettings } from './settings';

export interface CheckOptions {
  /** Skips the permission checks of attach and detach. */
  readonly readOnly?: boolean;
  /** Timeout of each check, in milliseconds. */
  readonly timeout: number;
}

/** One check. It is skipped without `run`, or if `blocked` returns why. */
type Step = readonly [id: string, title: string, run: Check | undefined, blocked?: () => string | undefined];

/**
 * Checks all prerequisites of a deploy, and yields each finding when its check is done.
 * @throws the reason of the signal
 */
export async function* runChecks(
  session: Session,
  { readOnly = false, timeout }: CheckOptions,
): AsyncGenerator<Finding> {
  const { env } = session;
  const homeDir = homeDirectory();
  const app = readApp(process.cwd());
  const verdicts = new Map<string, CheckVerdict>();
  async function* findingsOf(steps: readonly Step[]) {
    for (const [id, title, run, blocked] of steps) {
      const why = blocked?.();
      const result =
        run && why === undefined
          ? await runCheck(timeout, session.signal, run)
          : skip(`not checked${why ?? ''}`);
      if (result === undefined) continue;
      verdicts.set(id, result.verdict);
      yield { id, title, ...result };
    }
  }

  yield* findingsOf([
    ['node', 'Node.js', (signal) => checkNode(env, signal)],
    ['terraform', 'Terraform', (signal) => checkTerraform(env, signal)],
    ['cli-config', 'CLI configuration', () => checkCliConfig(env, homeDir, app.usesProviderRunner)],
    ['plugin-cache', 'Plugin cache', () => checkPluginCache(env, homeDir)],
    ['provider-lock', 'Provider lock', () => checkProviderLock(env, app)],
  ]);

  const { findings, endpoint, settings } = checkSettings(env, homeDir);
  if (settings !== undefined) session.protect(settings);
  yield* findings;

  const host = endpoint && network.hostOf(endpoint);
  // A skewed clock does not prevent the check of the signature.
  const unreachable = () =>
    host === undefined || ['dns', 'tcp', 'tls'].some((id) => verdicts.get(id) === 'fail')
      ? ', because an earlier check failed'
      : undefined;
  const unreachableOrProxied = () =>
    unreachable() ?? (endpoint?.proxy && ', because connections go through a proxy');
  yield* findingsOf([
    ['proxy', 'Proxy', endpoint && (() => network.checkProxy(endpoint)), unreachable],
    ['dns', 'DNS', host && (() => network.checkDns(host)), unreachable],
    ['tcp', 'Connection', host && ((signal) => network.checkTcp(host, signal)), unreachable],
    ['tls', 'TLS', host && ((signal) => network.checkTls(host, signal)), unreachableOrProxied],
    ['tls-override', 'TLS', () => network.checkTlsOverride(env)],
    ['clock', 'Clock', host && ((signal) => network.checkClock(host, signal)), unreachableOrProxied],
  ]);

  const noCredentials = () =>
    settings === undefined ? ', because there are no usable credentials' : unreachable();
  const notAuthenticated = () =>
    noCredentials() ??
    (verdicts.get('signature') === 'ok' ? undefined : ', because the signature check failed');
  const notAuthenticatedOrReadOnly = () => notAuthenticated() ?? (readOnly ? ' (--read-only)' : undefined);
  const api = settings && noCredentials() === undefined ? connect(settings).api : undefined;
  const permission = (
    action: Parameters<typeof permissions.checkAction>[1],
    blocked: () => string | undefined,
  ): Step => [
    `permission-${action}`,
    action,
    api && ((signal) => permissions.checkAction(api, action, signal)),
    blocked,
  ];
  try {
    yield* findingsOf([
      ['signature', 'Signature', api && ((signal) => permissions.checkSignature(api, signal)), noCredentials],
      permission('DescribeNetworkInterfaces', notAuthenticated),
      permission('DescribeInstances', notAuthenticated),
      permission('AttachNetworkInterface', notAuthenticatedOrReadOnly),
      permission('DetachNetworkInterface', notAuthenticatedOrReadOnly),
    ]);
  } finally {
    await api?.close();
  }
}
