import { runChecks, type CheckOptions } from '../doctor/checks';
import { findingText, type Finding } from '../doctor/finding';
import { EXIT, type ExitCode } from '../errors';
import type { Session } from '../session';

/** @throws InterruptedError */
export async function doctor(
  session: Session,
  { json = false, ...options }: CheckOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const findings: Finding[] = [];
  const counts = { ok: 0, warn: 0, fail: 0, skip: 0 };
  for await (const finding of runChecks(session, options)) {
    findings.push(finding);
    counts[finding.verdict] += 1;
    if (!json) session.out(findingText(finding, session.screen));
  }
  const ok = counts.fail === 0;
  const summary = `${counts.ok} ok, ${counts.warn} warned, ${counts.fail} failed, ${counts.skip} skipped`;
  session.out(json ? `${JSON.stringify({ ok, counts, checks: findings })}\n` : `\n${summary}\n`);
  return ok ? EXIT.done : EXIT.failed;
}
