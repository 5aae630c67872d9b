import { isInRegion } from '../../zec/ids';
import { DRIFT_STATES } from '../drift';
import type { Drift } from '../drift';
import { KINDS } from '../model';
import type { Change, EndpointView, InstanceView, Kind, Level, Review } from '../model';

// What the formats call things.

/** A sign for each kind: what it is shows without colour. */
export const GLYPHS: Readonly<Record<Kind, string>> = {
  detach: '−',
  clear: '○',
  move: '→',
  replace: '↻',
  attach: '+',
  adopt: '◇',
  forget: '⊘',
  keep: '=',
};

export const LEVEL_GLYPHS: Readonly<Record<Level, string>> = { error: '✖', warning: '▲', note: 'ℹ' };

export const VERDICTS: Readonly<Record<Review['verdict'], string>> = {
  none: 'No change',
  changes: 'Changes, none of them risky',
  risky: 'Risky',
};

export const OFFLINE = 'Made from the plan alone: the API was not asked, so no status is checked.';

/** `2 attach, 1 move, 14 keep`, in the order in which kinds are listed. */
export function counts({ changes }: Review): string {
  const kinds = changes.map(({ kind }) => kind);
  return countsOf(KINDS, kinds) || 'no attachments in this plan';
}

/** `1 moved, 6 in-sync`. */
export function driftCounts({ attachments }: Drift): string {
  const states = attachments.map(({ state }) => state);
  return countsOf(DRIFT_STATES, states);
}

function countsOf(names: readonly string[], found: readonly string[]): string {
  return names
    .map((name) => ({ name, count: found.filter((each) => each === name).length }))
    .flatMap(({ name, count }) => (count === 0 ? [] : `${count} ${name}`))
    .join(', ');
}

/** The verdict in one line: `Risky: 1 error, 2 warnings`. */
export function headline({ verdict, offline, changes, risks }: Review): string {
  if (offline && verdict === 'changes') return 'Changes, not checked against the API';
  const all = [risks, ...changes.map((each) => each.risks)].flat();
  const told = (['error', 'warning'] as const).flatMap((level) => {
    const count = all.filter((each) => each.level === level).length;
    return count === 0 ? [] : plural(count, level);
  });
  return [VERDICTS[verdict], told.join(', ')].filter((each) => each !== '').join(': ');
}

export function driftHeadline({ attachments, drifted }: Drift): string {
  if (attachments.length === 0) return 'No attachments on record';
  if (!drifted) return 'In sync';
  const count = attachments.filter(({ state }) => state !== 'in-sync').length;
  const are = attachments.length === 1 ? 'attachment is' : 'attachments are';
  return `Drift: ${count} of ${attachments.length} ${are} not as on record`;
}

/** `nic-1 (storage)`, or the id alone. */
export function named({ label, name }: EndpointView): string {
  return name === undefined ? label : `${label} (${name})`;
}

/** `1`, or `1 → 2` for what is detached in one step and attached in another; empty where nothing runs. */
export function stepsText({ steps }: Change): string {
  return [...new Set(steps.map(({ order }) => order))].join(' → ');
}

/** What the API showed, in a few words: statuses, and places; empty where nobody asked. */
export function nowTexts({ nic, from, to }: Change): readonly string[] {
  const instances = [from, to].filter(
    (each, index, all): each is InstanceView =>
      each?.status !== undefined && all.findIndex((other) => other?.label === each.label) === index,
  );
  const statuses = [
    ...(nic.status === undefined ? [] : [`vNIC ${nic.status}`]),
    ...instances.map(({ label, status }) => `${instances.length > 1 ? label : 'instance'} ${status ?? ''}`),
  ];
  const all = [nic.region, from?.zone, to?.zone].flatMap((each) => each ?? []);
  // A zone says its region, too.
  const places = all.filter((each) => !all.some((other) => other !== each && isInRegion(other, each)));
  return [statuses, [...new Set(places)]].filter((each) => each.length > 0).map((each) => each.join(', '));
}

export function routeText({ from, to }: Change): string {
  if (from === undefined) return `to ${to === undefined ? '(nowhere)' : named(to)}`;
  if (to === undefined) return `from ${named(from)}`;
  return from.label === to.label ? `at ${named(from)}` : `${named(from)} → ${named(to)}`;
}

export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
