import type { Change, Level, Review, Risk } from './model';
import { named } from './shown';
import {
  counts,
  GLYPHS,
  headline,
  LEVEL_GLYPHS,
  OFFLINE,
  placeText,
  routeText,
  statusText,
  stepsText,
} from './words';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Styles a text for a terminal, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

const KIND_STYLES: Readonly<Partial<Record<Change['kind'], Style>>> = {
  detach: 'red',
  move: 'cyan',
  replace: 'yellow',
  attach: 'green',
  adopt: 'cyan',
  forget: 'yellow',
};
export const LEVEL_STYLES: Readonly<Record<Level, Style>> = { error: 'red', warning: 'yellow', note: 'dim' };

const INDENT = ' '.repeat(11);

/** The review for a person at a terminal. */
export function reviewText(review: Review, paint: Paint): string {
  const kept = review.changes.filter(({ kind }) => kind === 'keep');
  const told = review.changes.filter((each) => each.kind !== 'keep' || each.risks.length > 0);
  const style = { none: 'green', changes: 'green', risky: 'red' } as const;
  return [
    paint('bold', paint(style[review.verdict], headline(review))),
    `Attachments: ${counts(review)}`,
    ...(review.offline ? [paint('dim', OFFLINE)] : []),
    ...review.risks.flatMap((each) => riskLines(each, paint, '')),
    ...told.flatMap((each) => ['', ...changeLines(each, paint)]),
    ...keptLines(kept, paint),
    '',
  ].join('\n');
}

function changeLines(change: Change, paint: Paint): readonly string[] {
  const { kind, nic, addresses, risks } = change;
  const style = KIND_STYLES[kind];
  const verb = `${GLYPHS[kind]} ${kind}`.padEnd(10);
  const now = [statusText(change), placeText(change)].flatMap((each) => each ?? []).join(' · ');
  const steps = stepsText(change);
  return [
    `${style === undefined ? verb : paint(style, verb)} ${paint('bold', named(nic))} ${routeText(change)}`,
    ...(steps === '' ? [] : [INDENT + paint('dim', `step ${steps}`)]),
    ...(now === '' ? [] : [INDENT + paint('dim', `now: ${now}`)]),
    ...addresses.map((each) => INDENT + paint('dim', each)),
    ...risks.flatMap((each) => riskLines(each, paint, INDENT)),
  ];
}

function riskLines({ level, text, advice }: Risk, paint: Paint, indent: string): readonly string[] {
  return [
    indent + paint(LEVEL_STYLES[level], `${LEVEL_GLYPHS[level]} ${level}: ${text}`),
    ...(advice === undefined ? [] : [`${indent}  ${advice}`]),
  ];
}

function keptLines(kept: readonly Change[], paint: Paint): readonly string[] {
  if (kept.length === 0) return [];
  return [
    '',
    `= keep     ${kept.length} without change`,
    ...kept.map((each) => INDENT + paint('dim', `${named(each.nic)} ${routeText(each)}`)),
  ];
}
