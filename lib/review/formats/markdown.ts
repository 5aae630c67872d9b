import { ID_PATTERN } from '../../contract';
import { plural } from '../../zec/ids';
import { shellText, type Drift } from '../drift';
import type { EndpointView, Review, Risk, RiskLevel } from '../model';
import { reviewDocument, driftDocument, KINDS, LEVELS, VERDICTS, type Row } from './document';

/** GitHub's limit is 65,536 characters. The rest is for text that a pipeline adds. */
const MAX_COMMENT = 60_000;
// The first line, by which a pipeline finds and replaces its earlier comment.
const MARKERS = { review: '<!-- zec-nic review -->', drift: '<!-- zec-nic drift -->' } as const;

/** The review as a pull request comment. Deterministic: the same plan and inventory give the same bytes. */
export function reviewMarkdown(review: Review): string {
  const { headline, counts, offline, changed, unchanged, risksAt } = reviewDocument(review);
  // Most severe first, since a long list is truncated at its end.
  const riskLines = (...levels: readonly RiskLevel[]) =>
    levels
      .flatMap((level) => risksAt(level))
      .map(({ nic, risk }) => `- ${inlineCode(nic.label)} ${riskText(risk)}`);
  const [risks, notes] = [riskLines('error', 'warning'), riskLines('note')];
  const unchangedLines = unchanged.map(
    ({ nic, to, from }) => `- ${inlineCode(nic.label)} at ${inlineCode((to ?? from)?.label ?? '')}`,
  );
  return [
    MARKERS.review,
    `### ${VERDICTS[review.verdict].emoji} Attachment review: ${headline}`,
    '',
    `**${counts}**${offline === undefined ? '' : ` · ${offline}`}`,
    ...review.risks.map((each) => `- ${riskText(each)}`),
    ...(risks.length === 0 ? [] : ['', '#### Risks', '']),
    ...section(risks, MAX_COMMENT / 4),
    ...(changed.length === 0 ? [] : ['', ...tableHead('Step', 'Change', 'vNIC', 'From', 'To', 'Now')]),
    ...section(changed.map(changeRow), MAX_COMMENT / 2),
    ...collapsible(plural(notes.length, 'note'), notes),
    ...collapsible(`${unchanged.length} unchanged`, unchangedLines),
    '',
  ].join('\n');
}

function changeRow({ steps, kind, nic, from, to, now, risks }: Row): string {
  const worst = risks.find(({ level }) => level !== 'note');
  return tableRow(
    steps || '–',
    `${KINDS[kind].symbol} **${kind}**${worst === undefined ? '' : ` ${LEVELS[worst.level].emoji}`}`,
    endpoint(nic),
    from === undefined ? '–' : endpoint(from),
    to === undefined ? '–' : endpoint(to),
    now.map(escapeMarkdown).join('<br>') || '–',
  );
}

function endpoint({ label, name }: EndpointView): string {
  return name === undefined ? inlineCode(label) : `${inlineCode(label)}<br>${inlineCode(name)}`;
}

function riskText({ level, text, advice }: Risk): string {
  return `${LEVELS[level].emoji} ${escapeMarkdown(text)}${advice === undefined ? '' : ` _${escapeMarkdown(advice)}_`}`;
}

function collapsible(summary: string, lines: readonly string[]): readonly string[] {
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

/** The drift as an issue or a comment. Deterministic, like {@link reviewMarkdown}. */
export function driftMarkdown(drift: Drift): string {
  const { drifted, attachments, unmanaged } = drift;
  const { headline, counts, note = '' } = driftDocument(drift);
  const rows = attachments
    .filter(({ state }) => state !== 'in-sync')
    .map(({ state, nic, instance, text, repair }) =>
      tableRow(
        `**${state}**`,
        inlineCode(nic.label),
        inlineCode(instance.label),
        escapeMarkdown(text),
        escapeMarkdown(repair?.text ?? ''),
      ),
    );
  // Without duplicates, in order.
  const commands = new Set(attachments.flatMap(({ repair }) => repair?.commands.map(shellText) ?? []));
  return [
    MARKERS.drift,
    `### ${drifted ? '⛔' : '✅'} ${headline}`,
    '',
    ...(counts === '' ? [] : [`**${counts}**`]),
    ...(rows.length === 0 ? [] : ['', ...tableHead('State', 'vNIC', 'Instance in state', 'Drift', 'Repair')]),
    ...section(rows, MAX_COMMENT / 2, '.'),
    ...fenced([...commands]),
    ...collapsible(
      note,
      unmanaged.map(({ nic, instance }) => `- ${inlineCode(nic.label)} at ${inlineCode(instance.label)}`),
    ),
    '',
  ].join('\n');
}

/** A code block whose fence is longer than any run of backticks in the commands. */
function fenced(commands: readonly string[]): readonly string[] {
  const { fit, rest } = truncateLines(commands, MAX_COMMENT / 3, '.');
  if (fit.length === 0) return [];
  const runs = fit.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(Math.max(2, ...runs) + 1);
  return ['', `${marks}sh`, ...fit, marks, ...rest];
}

function section(lines: readonly string[], room: number, where?: string): readonly string[] {
  const { fit, rest } = truncateLines(lines, room, where);
  return [...fit, ...rest];
}

/** The lines that fit into `room` characters, and a line with the number of the others. */
function truncateLines(lines: readonly string[], room: number, where = ': see the full review.') {
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
 * Formats untrusted text as code for the Markdown of GitHub and GitLab. Anything but an ID is HTML code with numeric
 * character references, so that it cannot create markup, links or mentions.
 */
function inlineCode(text: string): string {
  return ID_PATTERN.test(text) ? `\`${text}\`` : `<code>${escapeMarkdown(text)}</code>`;
}

/**
 * Escapes text that contains untrusted parts. Mentions and issue references are detected after the character
 * references are decoded, so a zero-width space follows each character that could start one.
 */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,;-]|\bwww\./giu, (found) =>
      Array.from(found, (character) => `&#${character.codePointAt(0) ?? 0};`).join(''),
    )
    .replace(/&#(?:33|35|36|37|38|64|126);/g, (found) => `${found}&#8203;`);
}
