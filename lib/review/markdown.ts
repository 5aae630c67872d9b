import { code, fitting, inert, MAX_COMMENT } from './markdown-text';
import type { Change, Level, Review, Risk, ShownInstance, ShownNic } from './model';
import { counts, GLYPHS, headline, OFFLINE, placeText, plural, statusText, stepsText } from './words';

/** A pipeline finds its earlier comment by this line, and replaces it. */
export const MARKER = '<!-- zec-nic review -->';

const SIGNS: Readonly<Record<Level, string>> = { error: '⛔', warning: '⚠️', note: 'ℹ️' };
/** What a reader must see, the worst first: of a long list the end is cut off. */
const WORTH = ['error', 'warning'] as const;
const VERDICT_SIGNS: Readonly<Record<Review['verdict'], string>> = { none: '✅', changes: '🔵', risky: '⛔' };

/** The review as a comment on a pull request: the same bytes for the same plan and cloud. */
export function reviewMarkdown(review: Review): string {
  const told = review.changes.filter(({ kind }) => kind !== 'keep');
  const kept = review.changes.filter(({ kind }) => kind === 'keep');
  const head = [
    MARKER,
    `### ${VERDICT_SIGNS[review.verdict]} Attachment review: ${headline(review)}`,
    '',
    `**${counts(review)}**${review.offline ? ` · ${OFFLINE}` : ''}`,
    ...review.risks.map((each) => `- ${riskText(each)}`),
  ];
  const risks = WORTH.flatMap((level) =>
    told.flatMap((change) =>
      change.risks
        .filter((each) => each.level === level)
        .map((each) => `- ${code(change.nic.label)} ${riskText(each)}`),
    ),
  );
  const notes = review.changes.flatMap((change) =>
    change.risks
      .filter(({ level }) => level === 'note')
      .map((each) => `- ${code(change.nic.label)} ${riskText(each)}`),
  );
  const sections = [
    section(risks.length === 0 ? [] : ['', '#### What could go wrong', ''], risks, MAX_COMMENT / 4),
    section(told.length === 0 ? [] : ['', ...TABLE], told.map(row), MAX_COMMENT / 2),
    folded(plural(notes.length, 'note'), notes, MAX_COMMENT / 8),
    folded(`${kept.length} without change`, kept.map(keptLine), MAX_COMMENT / 8),
  ];
  return [...head, ...sections.flat(), ''].join('\n');
}

const TABLE = ['| Step | Change | vNIC | From | To | Now |', '| --- | --- | --- | --- | --- | --- |'];

function row(change: Change): string {
  const { kind, nic, from, to, risks } = change;
  const worst = risks.find(({ level }) => level !== 'note');
  const now = [statusText(change), placeText(change)].flatMap((each) => each ?? []).map(inert);
  const cells = [
    stepsText(change) || '–',
    `${GLYPHS[kind]} **${kind}**${worst === undefined ? '' : ` ${SIGNS[worst.level]}`}`,
    end(nic),
    from === undefined ? '–' : end(from),
    to === undefined ? '–' : end(to),
    now.length === 0 ? '–' : now.join('<br>'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function end({ label, name }: ShownNic | ShownInstance): string {
  return name === undefined ? code(label) : `${code(label)}<br>${code(name)}`;
}

function keptLine({ nic, to, from }: Change): string {
  const instance = to ?? from;
  return `- ${code(nic.label)} at ${code(instance?.label ?? '')}`;
}

function riskText({ level, text, advice }: Risk): string {
  return `${SIGNS[level]} ${inert(text)}${advice === undefined ? '' : ` _${inert(advice)}_`}`;
}

function section(head: readonly string[], lines: readonly string[], room: number): readonly string[] {
  const { lines: shown, left } = fitting(lines, room);
  return [...head, ...shown, ...(left === 0 ? [] : ['', `… and ${left} more: see the whole review.`])];
}

function folded(summary: string, lines: readonly string[], room: number): readonly string[] {
  if (lines.length === 0) return [];
  return ['', `<details><summary>${summary}</summary>`, '', ...section([], lines, room), '', '</details>'];
}
