import { connect } from '../../zec/client';
import { homeDirectory } from '../../zec/settings-file';
import { isRead } from '../../zec/types';
import type { Session } from '../session';
import { runCheck, skip, type Check, type CheckVerdict, type Finding } from './finding';
import * as machine from './machine';
import * as network from './network';
import * as permissions from './permissions';
import { checkSettings } from './settings';

export interface CheckOptions {
  /** Skips the permission checks of attach and detach. */
  readonly readOnly?: boolean;
  /** Timeout of each check, in milliseconds. */
  readonly timeout: number;
}

const CHECKED_ACTIONS = [
  'DescribeNetworkInterfaces',
  'DescribeInstances',
  'AttachNetworkInterface',
  'DetachNetworkInterface',
] as const;
const UNCHECKED_ACTIONS = ['StartInstances', 'StopInstances'] as const;
const whyUnchecked = () =>
  ': doctor starts and stops no instance. Only attachments with whenStopped START need it';

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
  const app = machine.readApp(process.cwd());
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
    ['node', 'Node.js', (signal) => machine.checkNode(env, signal)],
    ['terraform', 'Terraform', (signal) => machine.checkTerraform(env, signal)],
    ['cli-config', 'CLI configuration', () => machine.checkCliConfig(env, homeDir, app.usesProviderRunner)],
    ['plugin-cache', 'Plugin cache', () => machine.checkPluginCache(env, homeDir)],
    ['provider-lock', 'Provider lock', () => machine.checkProviderLock(env, app)],
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
  try {
    yield* findingsOf([
      ['signature', 'Signature', api && ((signal) => permissions.checkSignature(api, signal)), noCredentials],
      ...CHECKED_ACTIONS.map((action): Step => {
        const check = api && ((signal: AbortSignal) => permissions.checkAction(api, action, signal));
        return [
          `permission-${action}`,
          action,
          check,
          isRead(action) ? notAuthenticated : notAuthenticatedOrReadOnly,
        ];
      }),
      ...UNCHECKED_ACTIONS.map((action): Step => [`permission-${action}`, action, undefined, whyUnchecked]),
    ]);
  } finally {
    await api?.close();
  }
}
