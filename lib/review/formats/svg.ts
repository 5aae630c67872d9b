import { plural } from '../../zec/ids';
import type { Box, Change, ChangeKind, InstanceView, NicView, Review } from '../model';
import { reviewDocument, KINDS, LEVELS, withName } from './document';
import { DIAGRAM_STYLE, markup, Markup, palette } from './markup';

/** Width of a box in SVG user units, as are all sizes below. */
const BOX_WIDTH = 360;
/** Inset of the box outline, so that the ports on its edges fit into the width. */
const EDGE = 12;
const INSIDE = 28;
const INNER_WIDTH = BOX_WIDTH - 2 * INSIDE;
const HEADER_HEIGHT = 62;
const ROW_HEIGHT = 46;
/** Unchanged attachments use less space, because they are the majority. */
const UNCHANGED_ROW_HEIGHT = 26;
const FOOTER_HEIGHT = 26;
const PADDING = 10;
const PORT_SIZE = 14;
/** Upper bounds of the character widths of the diagram's fonts. */
const MONO_12 = 7.4;
const SANS_11 = 6.8;
const SANS_14 = 8.6;
/** Minimum columns for a name next to an ID. */
const MIN_NAME = 8;
/** Distances in the file with all boxes. */
const GAP = 16;
const MARGIN = 20;
const TOP = 64;
const LINE_HEIGHT = 18;
const LEGEND_HEIGHT = 24;

/** The diagram as an SVG file: each instance with its vNICs before and after the apply. */
export function reviewSvg(review: Review): string {
  const columns = columnsFor(review.boxes.length);
  const { headline: title, counts: subtitle } = reviewDocument(review);
  const left = MARGIN + EDGE;
  const width = Math.max(
    2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP,
    Math.ceil(2 * left + Math.max(title.length * SANS_14, subtitle.length * SANS_11)),
  );
  const figures = review.boxes.map(figureOf);
  const { placed, height: below } = arrange(figures, columns);
  const legendTop = TOP + below + GAP;
  const height = legendTop + LEGEND_HEIGHT + LINE_HEIGHT + MARGIN;
  const style = new Markup(`<style>${palette('.zec')}${DIAGRAM_STYLE}</style>`);
  const description = figures.map((each) => each.description).join(' ');
  const diagram = markup`<svg xmlns="http://www.w3.org/2000/svg" class="zec" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc"><title id="title">Attachments before and after: ${title}</title><desc id="desc">${description}</desc>${style}<rect width="${width}" height="${height}" fill="var(--ground)"/><text class="title" x="${left}" y="30">${title}</text><text class="soft" x="${left}" y="48">${subtitle}</text>${placed.map(
    ({ content, height, x, y }) =>
      markup`<svg x="${x}" y="${y}" width="${BOX_WIDTH}" height="${height}">${content}</svg>`,
  )}<svg x="${left}" y="${legendTop}" width="${width - left - MARGIN}" height="${LEGEND_HEIGHT}">${legend()}</svg><text class="soft" x="${left}" y="${legendTop + LEGEND_HEIGHT + LINE_HEIGHT}">Left edge: before the apply. Right edge: after the apply.</text></svg>`;
  return `${diagram.text}\n`;
}

function columnsFor(boxes: number): number {
  return boxes <= 1 ? 1 : boxes <= 4 ? 2 : boxes <= 12 ? 3 : boxes <= 30 ? 4 : 5;
}

/** Places each figure in the shortest column. */
function arrange(figures: readonly ReturnType<typeof figureOf>[], columns: number) {
  const heights = Array.from({ length: columns }, () => 0);
  const placed = figures.map((figure) => {
    const column = heights.indexOf(Math.min(...heights));
    const y = heights[column] ?? 0;
    heights[column] = y + figure.height + GAP;
    return { ...figure, x: MARGIN + column * (BOX_WIDTH + GAP), y: TOP + y };
  });
  return { placed, height: Math.max(0, ...heights) - (figures.length === 0 ? 0 : GAP) };
}

/** A box as a figure of the HTML page, with a text alternative. */
export function boxFigure(box: Box, id: string): Markup {
  const { height, content, description } = figureOf(box);
  return markup`<svg viewBox="0 0 ${BOX_WIDTH} ${height}" role="img" aria-labelledby="${id}"><title id="${id}">${description}</title>${content}</svg>`;
}

export function legendFigure(): Markup {
  return markup`<svg viewBox="0 0 420 ${LEGEND_HEIGHT}" role="img" aria-labelledby="legend"><title id="legend">Legend</title>${legend()}</svg>`;
}

function legend(): Markup {
  const port = (x: number, occupied: boolean) =>
    markup`<rect class="${occupied ? 'port' : 'none'}" x="${x - 5}" y="5" width="10" height="10" rx="2"/>`;
  const entry = (kind: ChangeKind, x: number, before: boolean, after: boolean) =>
    markup`<g class="${kind}"><path class="wire" d="M${x + 5} 10h26"/>${port(x + 5, before)}${port(x + 31, after)}<text class="soft" x="${x + 42}" y="14">${kind}</text></g>`;
  return markup`${[entry('keep', 0, true, true), entry('attach', 100, false, true), entry('detach', 204, true, false)]}`;
}

/** Draws an instance: vNICs before the apply on the left edge, after it on the right, and the change between them. */
function figureOf(box: Box) {
  const { instance, changes, others = 0 } = box;
  const foot = others === 0 ? undefined : `${plural(others, 'more vNIC')}, not in this plan`;
  let top = HEADER_HEIGHT;
  const rows = changes.map((change) => {
    const row = drawRow(change, instance, top);
    top += change.kind === 'keep' ? UNCHANGED_ROW_HEIGHT : ROW_HEIGHT;
    return row;
  });
  const height = top + (foot === undefined ? 0 : FOOTER_HEIGHT) + PADDING;
  const status = instance.status === undefined ? '' : `, ${instance.status}`;
  return {
    height,
    content: markup`<rect class="box" x="${EDGE}" y="0.5" width="${BOX_WIDTH - 2 * EDGE}" height="${height - 1}" rx="8"/>${head(box)}${rows}${foot && text('soft', top + 18, `and ${foot}`, SANS_11)}`,
    /** The text alternative. */
    description: [
      `${instance.id === undefined ? titleOf(instance) : `Instance ${withName(instance)}`}${status}.`,
      ...changes.map((change) => `vNIC ${withName(change.nic)}: ${actionText(change, instance)}.`),
      ...(foot === undefined ? [] : [`${foot}.`]),
    ].join(' '),
  };
}

/** All instances with unknown IDs share a box, because it is not known which of them are the same. */
function titleOf({ id, label, name }: InstanceView): string {
  return id === undefined ? `Instances ${label}` : (name ?? label);
}

function head({ instance, changes, others = 0 }: Box): Markup {
  const { label, name, status, zone } = instance;
  const before = changes.filter(({ from }) => from?.label === label).length + others;
  const after = changes.filter(({ to }) => to?.label === label).length + others;
  const count = before === after ? plural(after, 'vNIC') : `${before} → ${plural(after, 'vNIC')}`;
  const facts = [name === undefined ? undefined : label, status, zone].flatMap((each) => each ?? []);
  const bottom = HEADER_HEIGHT - 12;
  return markup`<path class="head" d="M${EDGE + 0.5} ${bottom}V8.5a8 8 0 0 1 8-8H${BOX_WIDTH - EDGE - 8.5}a8 8 0 0 1 8 8V${bottom}z"/><path class="rule" d="M${EDGE} ${bottom}H${BOX_WIDTH - EDGE}"/>${text('title', 23, titleOf(instance), SANS_14, INNER_WIDTH - 80)}<text class="soft end" x="${BOX_WIDTH - INSIDE}" y="23">${count}</text>${text('mono', 41, facts.join(' · '), SANS_11)}`;
}

function drawRow(change: Change, instance: InstanceView, top: number): Markup {
  const { nic, kind, from, to, risks } = change;
  const [before, after] = [from?.label === instance.label, to?.label === instance.label];
  const level = risks[0]?.level ?? 'note';
  const mark =
    level === 'note'
      ? undefined
      : markup`<text class="${level} end" x="${BOX_WIDTH - INSIDE}" y="${top + 14}">${LEVELS[level].symbol}<title>${level}</title></text>`;
  const action = actionText(change, instance);
  const wire = top + (kind === 'keep' ? 11 : 30);
  const [left, right] = [EDGE, BOX_WIDTH - EDGE];
  const style = after ? kind : kind === 'move' ? 'detach move' : 'detach';
  return markup`<g class="${style}"><path class="wire" d="M${left} ${wire}H${right}"/>${nicLabel(nic, top + 14, INNER_WIDTH - (mark ? 20 : 0))}${mark}${kind === 'keep' ? undefined : pill(action, wire)}${port(left, wire, before, after ? '' : KINDS.detach.symbol)}${port(right, wire, after, before ? KINDS[kind].symbol : KINDS.attach.symbol)}<title>${withName(nic)}: ${action}</title></g>`;
}

function nicLabel({ label, name }: NicView, y: number, room: number): Markup {
  const columns = Math.floor(room / MONO_12);
  // The ID gets the space first, since readers compare IDs.
  const id = truncated(label, name === undefined ? columns : columns - MIN_NAME);
  const left = Math.floor((columns - columnsOf(id) - 2) * (MONO_12 / SANS_11));
  const more =
    name && markup`<tspan class="soft" dx="8">${truncated(name, Math.max(MIN_NAME, left))}</tspan>`;
  return clip(y, room, markup`<text class="id" x="4" y="14">${id}${more}</text>`);
}

function pill(action: string, y: number): Markup {
  const shown = truncated(action, 40);
  const width = Math.min(INNER_WIDTH - 16, Array.from(shown).length * SANS_11 + 18);
  const x = (BOX_WIDTH - width) / 2;
  return markup`<rect class="pill" x="${x}" y="${y - 9}" width="${width}" height="18" rx="9"/><svg x="${x + 4}" y="${y - 9}" width="${width - 8}" height="18"><text class="word" x="${width / 2 - 4}" y="13">${shown}</text></svg>`;
}

function port(x: number, y: number, occupied: boolean, symbol: string): Markup {
  const sign = occupied && symbol !== KINDS.keep.symbol ? symbol : '';
  return markup`<rect class="${occupied ? 'port' : 'none'}" x="${x - PORT_SIZE / 2}" y="${y - PORT_SIZE / 2}" width="${PORT_SIZE}" height="${PORT_SIZE}" rx="3"/>${sign && markup`<text class="sign" x="${x}" y="${y + 4.5}">${sign}</text>`}`;
}

/** The changes of a vNIC that does not move. */
const ACTIONS: Readonly<Partial<Record<ChangeKind, string>>> = {
  attach: 'attach',
  detach: 'detach',
  replace: 'detach, then attach again',
  adopt: 'already attached, adopted',
  forget: 'stays attached, no longer managed',
};

/** Describes the change of a vNIC as seen from one instance. */
function actionText({ kind, from, to }: Change, { label }: InstanceView): string {
  if (kind === 'move' && from !== undefined && to !== undefined) {
    return from.label === label
      ? `${KINDS.detach.symbol} moves to ${withName(to)}`
      : `${KINDS.attach.symbol} moves from ${withName(from)}`;
  }
  const action = ACTIONS[kind];
  return action === undefined ? 'no change' : `${KINDS[kind].symbol} ${action}`;
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

/** Truncates a text in the middle to at most `columns` columns: IDs differ as often at their end as at their start. */
function truncated(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = Array.from(text);
  // The characters in the order in which they are kept: first, last, second, second to last, and so on.
  const kept = characters.map((_, i) => characters.at(i % 2 === 0 ? i / 2 : -(i + 1) / 2) ?? '');
  let used = 0;
  const count = kept.findIndex((character) => (used += widthOf(character)) > columns - 1);
  const head = characters.slice(0, Math.ceil(count / 2));
  const tail = characters.slice(characters.length - Math.floor(count / 2));
  return `${head.join('')}…${tail.join('')}`;
}
