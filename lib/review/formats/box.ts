import type { Box, Change, InstanceView, NicView } from '../model';
import { CHANGE_SYMBOLS, LEVEL_SYMBOLS, withName, plural } from './labels';
import { markup } from './markup';
import type { Markup } from './markup';

/** Width of a box in SVG user units, as are all sizes below. */
export const BOX_WIDTH = 360;
/** Inset of the box outline, so that the ports on its edges fit into the width. */
export const EDGE = 12;
const INSIDE = 28;
const INNER_WIDTH = BOX_WIDTH - 2 * INSIDE;
const HEAD = 62;
const ROW = 46;
/** Unchanged attachments use less space, since most of them are unchanged. */
const KEPT_ROW = 26;
const FOOT = 26;
const PAD = 10;
const PORT = 14;
/** Upper bounds of the character widths of the diagram's fonts. */
const MONO_12 = 7.4;
export const SANS_11 = 6.8;
export const SANS_14 = 8.6;
/** Minimum columns for a name next to an ID. */
const MIN_NAME = 8;

export function boxHeight(box: Box): number {
  return HEAD + rowsHeight(box.changes) + (footOf(box) === undefined ? 0 : FOOT) + PAD;
}

/** Draws an instance: vNICs before the apply on the left edge, after it on the right, and the change between them. */
export function drawBox(box: Box): Markup {
  const { instance, changes } = box;
  const foot = footOf(box);
  return markup`<rect class="box" x="${EDGE}" y="0.5" width="${BOX_WIDTH - 2 * EDGE}" height="${boxHeight(box) - 1}" rx="8"/>${head(box)}${changes.map(
    (change, index) => drawRow(change, instance, HEAD + rowsHeight(changes.slice(0, index))),
  )}${foot === undefined ? undefined : text('soft', HEAD + rowsHeight(changes) + 18, foot, SANS_11)}`;
}

/** A text alternative for a box. */
export function describeBox(box: Box): string {
  const { instance, changes } = box;
  const status = instance.status === undefined ? '' : `, ${instance.status}`;
  const foot = footOf(box);
  return [
    `Instance ${withName(instance)}${status}.`,
    ...changes.map((change) => `vNIC ${withName(change.nic)}: ${actionText(change, instance)}.`),
    ...(foot === undefined ? [] : [`${foot.replace(/^and /, '')}.`]),
  ].join(' ');
}

function footOf({ others = 0 }: Box): string | undefined {
  return others === 0 ? undefined : `and ${plural(others, 'more vNIC')}, not in this plan`;
}

function rowsHeight(changes: readonly Change[]): number {
  return changes.reduce((sum, { kind }) => sum + (kind === 'keep' ? KEPT_ROW : ROW), 0);
}

function head({ instance, changes, others = 0 }: Box): Markup {
  const { label, name, status, zone } = instance;
  const before = changes.filter(({ from }) => from?.label === label).length + others;
  const after = changes.filter(({ to }) => to?.label === label).length + others;
  const count = before === after ? plural(after, 'vNIC') : `${before} → ${plural(after, 'vNIC')}`;
  const facts = [name === undefined ? undefined : label, status, zone].flatMap((each) => each ?? []);
  const bottom = HEAD - 12;
  return markup`<path class="head" d="M${EDGE + 0.5} ${bottom}V8.5a8 8 0 0 1 8-8H${BOX_WIDTH - EDGE - 8.5}a8 8 0 0 1 8 8V${bottom}z"/><path class="rule" d="M${EDGE} ${bottom}H${BOX_WIDTH - EDGE}"/>${text('title', 23, name ?? label, SANS_14, INNER_WIDTH - 80)}<text class="soft end" x="${BOX_WIDTH - INSIDE}" y="23">${count}</text>${text('mono', 41, facts.join(' · '), SANS_11)}`;
}

function drawRow(change: Change, { label }: InstanceView, top: number): Markup {
  const { nic, kind, from, to, risks } = change;
  const [before, after] = [from?.label === label, to?.label === label];
  const level = risks[0]?.level ?? 'note';
  const action = actionText(change, { label });
  const wire = top + (kind === 'keep' ? 11 : 30);
  const [left, right] = [EDGE, BOX_WIDTH - EDGE];
  const style = after ? kind : kind === 'move' ? 'detach move' : 'detach';
  return markup`<g class="${style}"><path class="wire" d="M${left} ${wire}H${right}"/>${nicLabel(nic, top + 14, INNER_WIDTH - (level === 'note' ? 0 : 20))}${
    level === 'note'
      ? undefined
      : markup`<text class="${level} end" x="${BOX_WIDTH - INSIDE}" y="${top + 14}">${LEVEL_SYMBOLS[level]}<title>${level}</title></text>`
  }${kind === 'keep' ? undefined : pill(action, wire)}${port(left, wire, before, after ? '' : CHANGE_SYMBOLS.detach)}${port(right, wire, after, before ? CHANGE_SYMBOLS[kind] : CHANGE_SYMBOLS.attach)}<title>${withName(nic)}: ${action}</title></g>`;
}

function nicLabel({ label, name }: NicView, y: number, room: number): Markup {
  const columns = Math.floor(room / MONO_12);
  // The ID gets the space first, since readers compare IDs.
  const id = truncated(label, name === undefined ? columns : columns - MIN_NAME);
  const left = Math.floor((columns - columnsOf(id) - 2) * (MONO_12 / SANS_11));
  const more =
    name === undefined
      ? undefined
      : markup`<tspan class="soft" dx="8">${truncated(name, Math.max(MIN_NAME, left))}</tspan>`;
  return clip(y, room, markup`<text class="id" x="4" y="14">${id}${more}</text>`);
}

function pill(action: string, y: number): Markup {
  const shown = truncated(action, 40);
  const width = Math.min(INNER_WIDTH - 16, Array.from(shown).length * SANS_11 + 18);
  const x = (BOX_WIDTH - width) / 2;
  return markup`<rect class="pill" x="${x}" y="${y - 9}" width="${width}" height="18" rx="9"/><svg x="${x + 4}" y="${y - 9}" width="${width - 8}" height="18"><text class="word" x="${width / 2 - 4}" y="13">${shown}</text></svg>`;
}

function port(x: number, y: number, occupied: boolean, symbol: string): Markup {
  const shown = occupied && symbol !== '' && symbol !== CHANGE_SYMBOLS.keep;
  return markup`<rect class="${occupied ? 'port' : 'none'}" x="${x - PORT / 2}" y="${y - PORT / 2}" width="${PORT}" height="${PORT}" rx="3"/>${
    shown ? markup`<text class="sign" x="${x}" y="${y + 4.5}">${symbol}</text>` : undefined
  }`;
}

/** Describes the change of a vNIC as seen from one instance. */
function actionText({ kind, from, to }: Change, { label }: Pick<InstanceView, 'label'>): string {
  if (from !== undefined && to !== undefined && from.label !== to.label) {
    return from.label === label ? `− moves to ${withName(to)}` : `+ moves from ${withName(from)}`;
  }
  switch (kind) {
    case 'attach':
      return '+ attach';
    case 'detach':
      return '− detach';
    case 'replace':
      return '↻ detach, then attach again';
    case 'adopt':
      return '◇ already attached, adopted';
    case 'forget':
      return '⊘ stays attached, no longer managed';
    case 'move':
    case 'clear':
    case 'keep':
      return 'no change';
  }
}

/** A left-aligned line of text. If it is truncated, its title holds the full text. */
function text(style: string, y: number, content: string, perColumn: number, room = INNER_WIDTH): Markup {
  const shown = truncated(content, Math.floor(room / perColumn));
  const whole = shown === content ? undefined : markup`<title>${content}</title>`;
  return clip(y, room, markup`<text class="${style}" x="0" y="14">${shown}${whole}</text>`);
}

/** Clips a line of text to a width, whichever font is used. */
function clip(y: number, width: number, content: Markup): Markup {
  return markup`<svg x="${INSIDE}" y="${y - 14}" width="${width}" height="19">${content}</svg>`;
}

/** Upper bound of the width of a text in monospace columns, since the font is unknown. */
function columnsOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + widthOf(character), 0);
}

function widthOf(character: string): number {
  if ((character.codePointAt(0) ?? 0) < 0x300) return 1;
  if (/\p{M}/u.test(character)) return 0;
  const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji}]/u;
  return wide.test(character) ? 2 : 1.3;
}

/** Truncates a text in the middle to at most `columns` columns. */
function truncated(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = Array.from(text);
  const room = Math.max(1, columns - 1);
  const head: string[] = [];
  const tail: string[] = [];
  let used = 0;
  // IDs differ as often at their end as at their start.
  for (let from = 0, to = characters.length - 1; from <= to;) {
    const atHead = head.length <= tail.length;
    const character = characters[atHead ? from : to] ?? '';
    used += widthOf(character);
    if (used > room) break;
    if (atHead) from = head.push(character);
    else to = characters.length - 1 - tail.push(character);
  }
  return `${head.join('')}…${tail.reverse().join('')}`;
}
