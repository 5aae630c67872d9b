import { shellText } from '../drift';
import type { Drift, AttachmentDrift } from '../drift';
import type { Change, Review, Risk } from '../model';
import {
  counts,
  driftCounts,
  driftHeadline,
  CHANGE_SYMBOLS,
  headline,
  LEVEL_SYMBOLS,
  withName,
  statusTexts,
  OFFLINE,
  routeText,
  stepsText,
} from './labels';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Styles text for a terminal, or returns it unchanged if colours are off. */
export type Paint = (style: Style, text: string) => string;

const STYLES: Readonly<Record<string, Style>> = {
  detach: 'red',
  move: 'cyan',
  replace: 'yellow',
  attach: 'green',
  adopt: 'cyan',
  forget: 'yellow',
  error: 'red',
  warning: 'yellow',
  note: 'dim',
};
const INDENT = ' '.repeat(11);
const DRIFT_INDENT = ' '.repeat(14);

export function reviewText(review: Review, paint: Paint): string {
  const unchanged = review.changes.filter(({ kind }) => kind === 'keep');
  const shown = review.changes.filter(({ kind, risks }) => kind !== 'keep' || risks.length > 0);
  return [
    paint('bold', paint(review.verdict === 'risky' ? 'red' : 'green', headline(review))),
    `Attachments: ${counts(review)}`,
    ...(review.offline ? [paint('dim', OFFLINE)] : []),
    ...review.risks.flatMap((each) => riskLines(each, paint, '')),
    ...shown.flatMap((each) => ['', ...changeLines(each, paint)]),
    ...(unchanged.length === 0 ? [] : ['', `= keep     ${unchanged.length} unchanged`]),
    ...unchanged.map((each) => INDENT + paint('dim', `${withName(each.nic)} ${routeText(each)}`)),
    '',
  ].join('\n');
}

function changeLines(change: Change, paint: Paint): readonly string[] {
  const { kind, nic, addresses, risks } = change;
  const style = STYLES[kind];
  const verb = `${CHANGE_SYMBOLS[kind]} ${kind}`.padEnd(10);
  const now = statusTexts(change).join(' · ');
  const steps = stepsText(change);
  const dim = [
    ...(steps === '' ? [] : [`step ${steps}`]),
    ...(now === '' ? [] : [`now: ${now}`]),
    ...addresses,
  ];
  return [
    `${style === undefined ? verb : paint(style, verb)} ${paint('bold', withName(nic))} ${routeText(change)}`,
    ...dim.map((each) => INDENT + paint('dim', each)),
    ...risks.flatMap((each) => riskLines(each, paint, INDENT)),
  ];
}

function riskLines({ level, text, advice }: Risk, paint: Paint, indent: string): readonly string[] {
  return [
    indent + paint(STYLES[level] ?? 'dim', `${LEVEL_SYMBOLS[level]} ${level}: ${text}`),
    ...(advice === undefined ? [] : [`${indent}  ${advice}`]),
  ];
}

export function driftText(drift: Drift, paint: Paint): string {
  return [
    paint('bold', paint(drift.drifted ? 'red' : 'green', driftHeadline(drift))),
    ...(drift.attachments.length === 0 ? [] : [driftCounts(drift)]),
    ...drift.attachments.flatMap((each) => ['', ...driftLines(each, paint)]),
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
