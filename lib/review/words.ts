import type { Change, Kind, Level, Review, ShownInstance, ShownNic } from './model';
import { KINDS } from './model';
import { MISSING, named } from './shown';

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

export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  detach: 'is detached',
  clear: 'is detached already; its record goes',
  move: 'is detached, then attached to another instance',
  replace: 'is detached, then attached to the same instance again',
  attach: 'is attached',
  adopt: 'is attached already, and comes under Terraform’s care',
  forget: 'stays attached, and goes out of Terraform’s care',
  keep: 'does not change',
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
  const parts = KINDS.flatMap((kind) => {
    const count = changes.filter((each) => each.kind === kind).length;
    return count === 0 ? [] : `${count} ${kind}`;
  });
  return parts.length === 0 ? 'no attachments in this plan' : parts.join(', ');
}

/** `1 error, 2 warnings`; empty if there is neither. */
export function riskCounts({ changes, risks }: Review): string {
  const all = [risks, ...changes.map((each) => each.risks)].flat();
  return (['error', 'warning'] as const)
    .flatMap((level) => {
      const count = all.filter((each) => each.level === level).length;
      return count === 0 ? [] : `${count} ${level}${count === 1 ? '' : 's'}`;
    })
    .join(', ');
}

/** The verdict in one line. */
export function headline(review: Review): string {
  const risks = riskCounts(review);
  if (review.offline && review.verdict === 'changes') return 'Changes, not checked against the API';
  return risks === '' ? VERDICTS[review.verdict] : `${VERDICTS[review.verdict]}: ${risks}`;
}

/** `1`, or `1 → 2` for what is detached in one step and attached in another; empty where nothing runs. */
export function stepsText({ steps }: Change): string {
  return [...new Set(steps.map(({ order }) => order))].join(' → ');
}

/** What the API showed, in a few words; `undefined` where nobody asked. */
export function statusText({ nic, from, to }: Change): string | undefined {
  const instances = [from, to].filter(
    (each, index, all): each is ShownInstance =>
      each?.status !== undefined && all.findIndex((other) => other?.label === each.label) === index,
  );
  const parts = [
    ...(nic.status === undefined ? [] : [`vNIC ${nic.status}`]),
    ...instances.map((each) => `${instances.length > 1 ? each.label : 'instance'} ${each.status ?? ''}`),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** The region of the vNIC and the zones of the instances, each once. */
export function placeText({ nic, from, to }: Change): string | undefined {
  const places = [nic.region, from?.zone, to?.zone].flatMap((each) => each ?? []);
  const [first] = places;
  // A zone says its region, too.
  const told = places.filter((each) => !places.some((other) => other !== each && other.startsWith(each)));
  return first === undefined ? undefined : [...new Set(told)].join(', ');
}

export function routeText({ from, to }: Change): string {
  if (from === undefined) return `to ${named(to ?? NOWHERE)}`;
  if (to === undefined) return `from ${named(from)}`;
  return from.label === to.label ? `at ${named(from)}` : `${named(from)} → ${named(to)}`;
}

const NOWHERE = { label: '(nowhere)' };

export function isMissing({ status }: ShownNic | ShownInstance): boolean {
  return status === MISSING;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
