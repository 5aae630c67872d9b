import { isInRegion, plural } from '../../zec/ids';
import { DRIFT_STATES, type Drift } from '../drift';
import { CHANGE_KINDS } from '../model';
import type { Change, ChangeKind, EndpointView, InstanceView, Review, RiskLevel } from '../model';

// Contents, labels, symbols and colours that the output formats share.

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** How a kind of change is shown. Symbols and dash patterns distinguish kinds without colour. */
interface KindStyle {
  readonly symbol: string;
  /** In a terminal. */
  readonly style?: Style;
  /** In HTML and SVG: a colour of the palette, and the dash pattern of the line. */
  readonly color?: string;
  readonly dashes?: string;
}

export const KINDS: Readonly<Record<ChangeKind, KindStyle>> = {
  attach: { symbol: '+', style: 'green', color: 'add', dashes: '6 4' },
  detach: { symbol: '−', style: 'red', color: 'remove', dashes: '2 4' },
  move: { symbol: '→', style: 'cyan', color: 'move', dashes: '6 4' },
  replace: { symbol: '↻', style: 'yellow', color: 'warn', dashes: '10 3 2 3' },
  adopt: { symbol: '◇', style: 'cyan', color: 'adopt', dashes: 'none' },
  forget: { symbol: '⊘', style: 'yellow', color: 'forget', dashes: '1 3' },
  clear: { symbol: '○' },
  keep: { symbol: '=' },
};

export const LEVELS = {
  error: { symbol: '✖', emoji: '⛔', style: 'red' },
  warning: { symbol: '▲', emoji: '⚠️', style: 'yellow' },
  note: { symbol: 'ℹ', emoji: 'ℹ️', style: 'dim' },
} as const;

export const VERDICTS = {
  none: { label: 'No changes', symbol: '=', emoji: '✅' },
  changes: { label: 'Changes without errors or warnings', symbol: '●', emoji: '🔵' },
  risky: { label: 'Risky', symbol: '▲', emoji: '⛔' },
} as const;

export interface Row extends Omit<Change, 'steps'> {
  /** In the report, from 1. */
  readonly number: number;
  /** For example `1`, or `1 → 2` for a detach and a later attach; empty without operations. */
  readonly steps: string;
  /** Statuses and locations from the API; empty if the API was not queried. */
  readonly now: readonly string[];
}

/** The parts of a report that every format renders. */
export function reviewDocument({ verdict, offline, changes, risks }: Review) {
  const rows = changes.map((change, index): Row => {
    const steps = [...new Set(change.steps.map(({ order }) => order))].join(' → ');
    return { ...change, number: index + 1, steps, now: statusTexts(change) };
  });
  const levels = [risks, ...changes.map((each) => each.risks)].flat().map(({ level }) => level);
  const severities = countsOf(['error', 'warning'], levels).map(({ name, count }) => plural(count, name));
  const kinds = countsOf(
    CHANGE_KINDS,
    changes.map(({ kind }) => kind),
  );
  return {
    /** The verdict in one line, for example `Risky: 1 error, 2 warnings`. */
    headline:
      offline && verdict === 'changes'
        ? 'Changes, not checked against the API'
        : [VERDICTS[verdict].label, ...(severities.length === 0 ? [] : [severities.join(', ')])].join(': '),
    kinds,
    /** For example `2 attach, 1 move, 14 keep`. */
    counts: listed(kinds) || 'no attachments in this plan',
    offline: offline ? 'Reviewed offline: the API was not queried, so no status was checked.' : undefined,
    changed: rows.filter(({ kind }) => kind !== 'keep'),
    unchanged: rows.filter(({ kind }) => kind === 'keep'),
    risksAt: (level: RiskLevel) =>
      rows.flatMap((row) =>
        row.risks.filter((risk) => risk.level === level).map((risk) => ({ ...row, risk })),
      ),
  };
}

export function driftDocument({ attachments, drifted, unmanaged }: Drift) {
  const states = attachments.map(({ state }) => state);
  const unchecked = states.filter((state) => state === 'unchecked').length;
  const differing = states.filter((state) => state !== 'in-sync').length - unchecked;
  const [label, count] = differing > 0 ? ['Drift', differing] : ['Not checked', unchecked];
  const headline = drifted ? `${label}: ${count} of ${plural(states.length, 'attachment')}` : 'In sync';
  return {
    headline: attachments.length === 0 ? 'No attachments in the state' : headline,
    /** For example `1 moved, 6 in-sync`. */
    counts: listed(countsOf(DRIFT_STATES, states)),
    note:
      unmanaged.length === 0
        ? undefined
        : `${plural(unmanaged.length, 'vNIC')} attached to these instances, but not in this state`,
  };
}

/** The number of occurrences of each name, without names that do not occur. */
function countsOf<Name extends string>(names: readonly Name[], found: readonly Name[]) {
  return names
    .map((name) => ({ name, count: found.filter((each) => each === name).length }))
    .filter(({ count }) => count > 0);
}

function listed(counts: ReturnType<typeof countsOf>): string {
  return counts.map(({ name, count }) => `${count} ${name}`).join(', ');
}

/** For example `nic-1 (storage)`, or the ID alone. */
export function withName({ label, name }: EndpointView): string {
  return name === undefined ? label : `${label} (${name})`;
}

function statusTexts({ nic, from, to }: Change): readonly string[] {
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
