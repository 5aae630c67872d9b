import { isInRegion } from '../../zec/ids';
import { DRIFT_STATES } from '../drift';
import type { Drift } from '../drift';
import { CHANGE_KINDS } from '../model';
import type { Change, EndpointView, InstanceView, ChangeKind, RiskLevel, Review } from '../model';

// Labels and counts that the output formats share.

/** A symbol for each kind, so that kinds differ without colour. */
export const CHANGE_SYMBOLS: Readonly<Record<ChangeKind, string>> = {
  detach: '−',
  clear: '○',
  move: '→',
  replace: '↻',
  attach: '+',
  adopt: '◇',
  forget: '⊘',
  keep: '=',
};

export const LEVEL_SYMBOLS: Readonly<Record<RiskLevel, string>> = { error: '✖', warning: '▲', note: 'ℹ' };

export const VERDICTS: Readonly<Record<Review['verdict'], string>> = {
  none: 'No changes',
  changes: 'Changes without errors or warnings',
  risky: 'Risky',
};

export const OFFLINE = 'Reviewed offline: the API was not queried, so no status was checked.';

/** For example `2 attach, 1 move, 14 keep`. */
export function counts({ changes }: Review): string {
  const kinds = changes.map(({ kind }) => kind);
  return countsOf(CHANGE_KINDS, kinds) || 'no attachments in this plan';
}

/** For example `1 moved, 6 in-sync`. */
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

/** The verdict in one line, for example `Risky: 1 error, 2 warnings`. */
export function headline({ verdict, offline, changes, risks }: Review): string {
  if (offline && verdict === 'changes') return 'Changes, not checked against the API';
  const all = [risks, ...changes.map((each) => each.risks)].flat();
  const severities = (['error', 'warning'] as const).flatMap((level) => {
    const count = all.filter((each) => each.level === level).length;
    return count === 0 ? [] : plural(count, level);
  });
  return [VERDICTS[verdict], severities.join(', ')].filter((each) => each !== '').join(': ');
}

export function driftHeadline({ attachments, drifted }: Drift): string {
  if (attachments.length === 0) return 'No attachments in the state';
  if (!drifted) return 'In sync';
  const count = attachments.filter(({ state }) => state !== 'in-sync').length;
  return `Drift: ${count} of ${plural(attachments.length, 'attachment')}`;
}

/** For example `nic-1 (storage)`, or the ID alone. */
export function withName({ label, name }: EndpointView): string {
  return name === undefined ? label : `${label} (${name})`;
}

/** For example `1`, or `1 → 2` for a detach and a later attach; empty without operations. */
export function stepsText({ steps }: Change): string {
  return [...new Set(steps.map(({ order }) => order))].join(' → ');
}

/** Statuses and locations from the API; empty if the API was not queried. */
export function statusTexts({ nic, from, to }: Change): readonly string[] {
  const instances = [from, to].filter(
    (each, index, all): each is InstanceView =>
      each?.status !== undefined && all.findIndex((other) => other?.label === each.label) === index,
  );
  const statuses = [
    ...(nic.status === undefined ? [] : [`vNIC ${nic.status}`]),
    ...instances.map(({ label, status }) => `${instances.length > 1 ? label : 'instance'} ${status ?? ''}`),
  ];
  const all = [nic.region, from?.zone, to?.zone].flatMap((each) => each ?? []);
  // A zone implies its region.
  const places = all.filter((each) => !all.some((other) => other !== each && isInRegion(other, each)));
  return [statuses, [...new Set(places)]].filter((each) => each.length > 0).map((each) => each.join(', '));
}

export function routeText({ from, to }: Change): string {
  if (from === undefined) return `to ${to === undefined ? '(nowhere)' : withName(to)}`;
  if (to === undefined) return `from ${withName(from)}`;
  return from.label === to.label ? `at ${withName(from)}` : `${withName(from)} → ${withName(to)}`;
}

export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
