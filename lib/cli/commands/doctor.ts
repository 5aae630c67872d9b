import { runChecks } from '../doctor/checks';
import { countsOf, countsText, findingText } from '../doctor/finding';
import type { Finding } from '../doctor/finding';
import { EXIT } from '../errors';
import type { ExitCode } from '../errors';
import type { Session } from '../session';

interface DoctorOptions {
  /** Skips the permission checks of attach and detach. */
  readonly readOnly?: boolean;
  /** Timeout of each check, in milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** @throws InterruptedError */
export async function doctor(session: Session, options: DoctorOptions): Promise<ExitCode> {
  const { readOnly = false, timeout: timeoutMs, json = false } = options;
  const findings: Finding[] = [];
  const limits = { timeoutMs, signal: session.signal };
  for await (const finding of runChecks(session, { ...limits, readOnly, directory: process.cwd() })) {
    findings.push(finding);
    if (!json) session.out(findingText(finding, session.screen));
  }
  const counts = countsOf(findings);
  const ok = counts.fail === 0;
  session.out(json ? `${JSON.stringify({ ok, counts, checks: findings })}\n` : `\n${countsText(counts)}`);
  return ok ? EXIT.done : EXIT.failed;
}
