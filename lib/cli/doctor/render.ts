import type { Screen } from '../screen';
import { painter } from '../screen';
import { wrap } from '../screen';
import type { Finding, Verdict } from './finding';

const WIDTH = 110;
const TITLE_WIDTH = 26;
const INDENT = ' '.repeat(6 + TITLE_WIDTH);
const STYLES = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const;

/** One finding for a person, as soon as it is there. */
export function findingText({ verdict, title, detail, fix }: Finding, screen: Screen): string {
  const paint = painter(screen);
  const width = Math.max(40, (screen.columns ?? WIDTH) - INDENT.length);
  const lines = [
    `${paint(STYLES[verdict], verdict.padEnd(6))}${title.padEnd(TITLE_WIDTH)}${wrap(detail, width, INDENT)}`,
    ...(fix === undefined
      ? []
      : [`${INDENT}${paint('bold', 'What to do:')} ${wrap(fix, width - 12, INDENT)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export function countsOf(findings: readonly Finding[]): Record<Verdict, number> {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail'), skip: count('skip') };
}

export function countsText({ ok, warn, fail, skip }: Record<Verdict, number>): string {
  return `${ok} ok, ${warn} warned, ${fail} failed, ${skip} not checked\n`;
}
