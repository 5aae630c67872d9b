import { examine } from '../doctor/examine';
import { countsOf, countsText, findingText } from '../doctor/finding';
import type { Finding } from '../doctor/finding';
import { EXIT } from '../errors';
import type { ExitCode } from '../errors';
import type { Session } from '../session';

interface DoctorOptions {
  /** Leaves out the two requests that ask for a change of something that does not exist. */
  readonly readOnly?: boolean;
  /** How long each check may take, in milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** @throws what interrupts it */
export async function doctor(session: Session, options: DoctorOptions): Promise<ExitCode> {
  const { readOnly = false, timeout: timeoutMs, json = false } = options;
  const findings: Finding[] = [];
  const bounds = { timeoutMs, signal: session.signal };
  for await (const finding of examine(session, { ...bounds, readOnly, folder: process.cwd() })) {
    findings.push(finding);
    if (!json) session.out(findingText(finding, session.screen));
  }
  const counts = countsOf(findings);
  const ok = counts.fail === 0;
  session.out(json ? `${JSON.stringify({ ok, counts, checks: findings })}\n` : `\n${countsText(counts)}`);
  return ok ? EXIT.done : EXIT.failed;
}
