import { connect } from '../../zec/client';
import { homeDirectory } from '../../zec/settings-file';
import { isRead } from '../../zec/types';
import { findingText, runCheck, skip, type Check, type Finding } from '../doctor/finding';
import * as machine from '../doctor/machine';
import * as network from '../doctor/network';
import { CHECKED_ACTIONS, checkAction, checkSignature } from '../doctor/permissions';
import { checkSettings } from '../doctor/settings';
import { EXIT, type ExitCode } from '../errors';
import type { Session } from '../session';

interface DoctorOptions {
  readonly json?: boolean;
  /** Skips the permission checks of attach and detach. */
  readonly readOnly?: boolean;
  /** Timeout of each check, in milliseconds. */
  readonly timeout: number;
}

/**
 * Checks all prerequisites of a deploy, and prints each finding when its check is done.
 * @throws InterruptedError
 */
export async function doctor(
  session: Session,
  { json = false, readOnly = false, timeout }: DoctorOptions,
): Promise<ExitCode> {
  const { env, signal } = session;
  const findings: Finding[] = [];
  const add = (finding: Finding) => {
    findings.push(finding);
    if (!json) session.out(findingText(finding, session.screen));
  };
  /** @param why why the check is skipped; `undefined`: it is run */
  const check = async (id: string, title: string, run: Check | undefined, why?: string) => {
    const isRun = run !== undefined && why === undefined;
    const result = isRun ? await runCheck(timeout, signal, run) : skip(`not checked${why ?? ''}`);
    if (result !== undefined) add({ id, title, ...result });
  };
  const failed = (...ids: readonly string[]) =>
    findings.some(({ id, verdict }) => ids.includes(id) && verdict === 'fail');

  const homeDir = homeDirectory();
  const app = machine.readApp(process.cwd());
  await check('node', 'Node.js', (either) => machine.checkNode(env, either));
  await check('terraform', 'Terraform', (either) => machine.checkTerraform(env, either));
  const { usesProviderRunner } = app;
  await check('cli-config', 'CLI configuration', () =>
    machine.checkCliConfig(env, homeDir, usesProviderRunner),
  );
  await check('plugin-cache', 'Plugin cache', () => machine.checkPluginCache(env, homeDir));
  await check('provider-lock', 'Provider lock', () => machine.checkProviderLock(env, app));

  const { endpoint, settings, ...others } = checkSettings(env, homeDir);
  if (settings !== undefined) session.protect(settings);
  others.findings.forEach(add);

  const host = endpoint && network.hostOf(endpoint);
  // A skewed clock does not prevent the check of the signature.
  const unreachable = () =>
    host === undefined || failed('dns', 'tcp', 'tls') ? ', because an earlier check failed' : undefined;
  const unreachableOrProxied = () =>
    unreachable() ?? (endpoint?.proxy && ', because connections go through a proxy');
  await check('proxy', 'Proxy', endpoint && (() => network.checkProxy(endpoint)), unreachable());
  await check('dns', 'DNS', host && (() => network.checkDns(host)), unreachable());
  await check('tcp', 'Connection', host && ((either) => network.checkTcp(host, either)), unreachable());
  await check('tls', 'TLS', host && ((either) => network.checkTls(host, either)), unreachableOrProxied());
  await check('tls-override', 'TLS', () => network.checkTlsOverride(env));
  await check(
    'clock',
    'Clock',
    host && ((either) => network.checkClock(host, either)),
    unreachableOrProxied(),
  );

  const noCredentials = settings ? unreachable() : ', because there are no usable credentials';
  const api = settings && noCredentials === undefined ? connect(settings).api : undefined;
  try {
    await check('signature', 'Signature', api && ((either) => checkSignature(api, either)), noCredentials);
    const notAuthenticated =
      noCredentials ?? (failed('signature') ? ', because the signature check failed' : undefined);
    for (const action of CHECKED_ACTIONS) {
      const why = notAuthenticated ?? (readOnly && !isRead(action) ? ' (--read-only)' : undefined);
      await check(`permission-${action}`, action, api && ((either) => checkAction(api, action, either)), why);
    }
  } finally {
    await api?.close();
  }
  for (const action of ['StartInstances', 'StopInstances']) {
    const why = ': doctor starts and stops no instance. Only attachments with whenStopped START need it';
    await check(`permission-${action}`, action, undefined, why);
  }

  const countOf = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length;
  const counts = { ok: countOf('ok'), warn: countOf('warn'), fail: countOf('fail'), skip: countOf('skip') };
  const ok = counts.fail === 0;
  const summary = `${counts.ok} ok, ${counts.warn} warned, ${counts.fail} failed, ${counts.skip} skipped`;
  session.out(json ? `${JSON.stringify({ ok, counts, checks: findings })}\n` : `\n${summary}\n`);
  return ok ? EXIT.done : EXIT.failed;
}
