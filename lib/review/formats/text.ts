import { shellText, type AttachmentDrift, type Drift } from '../drift';
import type { Change, Review, Risk } from '../model';
import { reviewDocument, driftDocument, KINDS, LEVELS, withName, type Row, type Style } from './document';

/** Styles text for a terminal, or returns it unchanged if colours are off. */
export type Paint = (style: Style, text: string) => string;

const INDENT = ' '.repeat(11);
const DRIFT_INDENT = ' '.repeat(14);

export function reviewText(review: Review, paint: Paint): string {
  const { headline, counts, offline, changed, unchanged } = reviewDocument(review);
  const withRisks = unchanged.filter(({ risks }) => risks.length > 0);
  const others = unchanged.length - withRisks.length;
  return [
    paint('bold', paint(review.verdict === 'risky' ? 'red' : 'green', headline)),
    `Attachments: ${counts}`,
    ...(offline === undefined ? [] : [paint('dim', offline)]),
    ...review.risks.flatMap((each) => riskLines(each, paint, '')),
    ...[...changed, ...withRisks].flatMap((each) => ['', ...changeLines(each, paint)]),
    ...(others === 0 ? [] : ['', `= keep     ${others} ${withRisks.length > 0 ? 'more ' : ''}unchanged`]),
    '',
  ].join('\n');
}

function changeLines(row: Row, paint: Paint): readonly string[] {
  const { kind, nic, steps, now, addresses, risks } = row;
  const { symbol, style } = KINDS[kind];
  const verb = `${symbol} ${kind}`.padEnd(10);
  const dim = [
    ...(steps === '' ? [] : [`step ${steps}`]),
    ...(now.length === 0 ? [] : [`now: ${now.join(' · ')}`]),
    ...addresses,
  ];
  return [
    `${style === undefined ? verb : paint(style, verb)} ${paint('bold', withName(nic))} ${routeText(row)}`,
    ...dim.map((each) => INDENT + paint('dim', each)),
    ...risks.flatMap((each) => riskLines(each, paint, INDENT)),
  ];
}

function riskLines({ level, text, advice }: Risk, paint: Paint, indent: string): readonly string[] {
  const { symbol, style } = LEVELS[level];
  return [
    indent + paint(style, `${symbol} ${level}: ${text}`),
    ...(advice === undefined ? [] : [`${indent}  ${advice}`]),
  ];
}

function routeText({ kind, from, to }: Pick<Change, 'kind' | 'from' | 'to'>): string {
  if (from === undefined) return `to ${to === undefined ? '(nowhere)' : withName(to)}`;
  if (to === undefined) return `from ${withName(from)}`;
  return kind === 'move' ? `${withName(from)} → ${withName(to)}` : `at ${withName(from)}`;
}

export function driftText(drift: Drift, paint: Paint): string {
  const { headline, counts, note } = driftDocument(drift);
  return [
    paint('bold', paint(drift.drifted ? 'red' : 'green', headline)),
    ...(counts === '' ? [] : [counts]),
    ...drift.attachments.flatMap((each) => ['', ...driftLines(each, paint)]),
    ...(note === undefined ? [] : ['', paint(LEVELS.note.style, `${LEVELS.note.symbol} note: ${note}`)]),
    ...drift.unmanaged.map(({ nic, instance }) => `${DRIFT_INDENT}${withName(nic)} at ${withName(instance)}`),
    '',
  ].join('\n');
}

function driftLines(
  { state, text, address, repair, nic, instance }: AttachmentDrift,
  paint: Paint,
): readonly string[] {
  const style = state === 'in-sync' ? 'green' : state === 'changing' ? 'yellow' : 'red';
  const head = paint(style, state.padEnd(14)) + paint('bold', withName(nic));
  return [
    `${head} at ${withName(instance)}`,
    DRIFT_INDENT + paint('dim', address),
    ...(repair === undefined ? [] : [text, repair.text].map((each) => DRIFT_INDENT + each)),
    ...(repair?.commands.map((each) => `${DRIFT_INDENT}  ${paint('cyan', shellText(each))}`) ?? []),
  ];
}
