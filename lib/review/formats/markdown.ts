import { ID_PATTERN } from '../../contract';
import { shellText } from '../drift';
import type { Drift } from '../drift';
import type { Change, EndpointView, Level, Review, Risk } from '../model';
import {
  counts,
  driftCounts,
  driftHeadline,
  GLYPHS,
  headline,
  nowTexts,
  OFFLINE,
  plural,
  stepsText,
} from './labels';

/** The most characters that a comment on GitHub may have, less some room for what a pipeline adds. */
const MAX_COMMENT = 60_000;
// A pipeline finds its earlier comment by the first line, and replaces it.
const MARKERS = { review: '<!-- zec-nic review -->', drift: '<!-- zec-nic drift -->' } as const;
const SIGNS: Readonly<Record<Level, string>> = { error: '⛔', warning: '⚠️', note: 'ℹ️' };
const VERDICT_SIGNS: Readonly<Record<Review['verdict'], string>> = { none: '✅', changes: '🔵', risky: '⛔' };

/** The review as a comment on a pull request: the same bytes for the same plan and cloud. */
export function reviewMarkdown(review: Review): string {
  const told = review.changes.filter(({ kind }) => kind !== 'keep');
  const kept = review.changes.filter(({ kind }) => kind === 'keep');
  const risksOf = (changes: readonly Change[], level: Level) =>
    changes.flatMap(({ nic, risks }) =>
      risks.filter((each) => each.level === level).map((each) => `- ${code(nic.label)} ${riskText(each)}`),
    );
  // What a reader must see, the worst first: of a long list the end is cut off.
  const risks = [...risksOf(told, 'error'), ...risksOf(told, 'warning')];
  const notes = risksOf(review.changes, 'note');
  const keptLines = kept.map(
    ({ nic, to, from }) => `- ${code(nic.label)} at ${code((to ?? from)?.label ?? '')}`,
  );
  return [
    MARKERS.review,
    `### ${VERDICT_SIGNS[review.verdict]} Attachment review: ${headline(review)}`,
    '',
    `**${counts(review)}**${review.offline ? ` · ${OFFLINE}` : ''}`,
    ...review.risks.map((each) => `- ${riskText(each)}`),
    ...(risks.length === 0 ? [] : ['', '#### What could go wrong', '']),
    ...section(risks, MAX_COMMENT / 4),
    ...(told.length === 0 ? [] : ['', ...tableHead('Step', 'Change', 'vNIC', 'From', 'To', 'Now')]),
    ...section(told.map(changeRow), MAX_COMMENT / 2),
    ...folded(plural(notes.length, 'note'), notes),
    ...folded(`${kept.length} without change`, keptLines),
    '',
  ].join('\n');
}

function changeRow(change: Change): string {
  const { kind, nic, from, to, risks } = change;
  const worst = risks.find(({ level }) => level !== 'note');
  return tableRow(
    stepsText(change) || '–',
    `${GLYPHS[kind]} **${kind}**${worst === undefined ? '' : ` ${SIGNS[worst.level]}`}`,
    endpoint(nic),
    from === undefined ? '–' : endpoint(from),
    to === undefined ? '–' : endpoint(to),
    nowTexts(change).map(inert).join('<br>') || '–',
  );
}

function endpoint({ label, name }: EndpointView): string {
  return name === undefined ? code(label) : `${code(label)}<br>${code(name)}`;
}

function riskText({ level, text, advice }: Risk): string {
  return `${SIGNS[level]} ${inert(text)}${advice === undefined ? '' : ` _${inert(advice)}_`}`;
}

function folded(summary: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return [
    '',
    `<details><summary>${summary}</summary>`,
    '',
    ...section(lines, MAX_COMMENT / 8),
    '',
    '</details>',
  ];
}

/** The drift as an issue or a comment: the same bytes for the same state and cloud. */
export function driftMarkdown(drift: Drift): string {
  const { drifted, attachments } = drift;
  const rows = attachments
    .filter(({ state }) => state !== 'in-sync')
    .map(({ state, nic, instance, text, repair }) =>
      tableRow(`**${state}**`, code(nic.label), code(instance.label), inert(text), inert(repair?.text ?? '')),
    );
  // Each once, and in order.
  const commands = new Set(attachments.flatMap(({ repair }) => repair?.commands.map(shellText) ?? []));
  return [
    MARKERS.drift,
    `### ${drifted ? '⛔' : '✅'} ${driftHeadline(drift)}`,
    '',
    ...(attachments.length === 0 ? [] : [`**${driftCounts(drift)}**`]),
    ...(rows.length === 0 ? [] : ['', ...tableHead('State', 'vNIC', 'On record at', 'What is', 'Repair')]),
    ...section(rows, MAX_COMMENT / 2, '.'),
    ...fenced([...commands]),
    '',
  ].join('\n');
}

/** Commands in a fence that is longer than any run of backticks inside. */
function fenced(commands: readonly string[]): readonly string[] {
  const { fit, rest } = fitting(commands, MAX_COMMENT / 3, '.');
  if (fit.length === 0) return [];
  const runs = fit.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(Math.max(2, ...runs) + 1);
  return ['', `${marks}sh`, ...fit, marks, ...rest];
}

function section(lines: readonly string[], room: number, where?: string): readonly string[] {
  const { fit, rest } = fitting(lines, room, where);
  return [...fit, ...rest];
}

/** As many lines as fit, and how many do not. */
function fitting(lines: readonly string[], room: number, where = ': see the whole review.') {
  let used = 0;
  const count = lines.findIndex((line) => (used += line.length + 1) > room);
  if (count === -1) return { fit: lines, rest: [] };
  return { fit: lines.slice(0, count), rest: ['', `… and ${lines.length - count} more${where}`] };
}

function tableHead(...cells: readonly string[]): readonly string[] {
  return [tableRow(...cells), tableRow(...cells.map(() => '---'))];
}

function tableRow(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/**
 * A text from outside for GitHub's and GitLab's Markdown. An id is code as it is. All else is code of HTML in which every
 * character that could mean something is written by its number: no markup, no link, no mention comes of it.
 */
function code(text: string): string {
  return ID_PATTERN.test(text) ? `\`${text}\`` : `<code>${inert(text)}</code>`;
}

/**
 * Our own words with texts from outside among them: nothing in them is markup. Mentions and references are looked for
 * after that, in what the numbers have become: an invisible space keeps them from being found.
 */
function inert(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,;-]|\bwww\./giu, (found) =>
      Array.from(found, (character) => `&#${character.codePointAt(0) ?? 0};`).join(''),
    )
    .replace(/&#(?:33|35|36|37|38|64|126);/g, (found) => `${found}&#8203;`);
}
