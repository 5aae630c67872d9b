import { markup } from '../markup';
import type { Markup } from '../markup';
import type { Box, Port } from '../model';
import { named } from '../shown';
import { GLYPHS, LEVEL_GLYPHS, plural } from '../words';
import { columnsOf, fitted } from './fit';

/** The width of a box, in the units of the picture. */
export const BOX_WIDTH = 360;
/** How far a box's edge is from that width's: the ports stick out. */
export const EDGE = 12;
const INSIDE = 28;
const HEAD = 62;
const ROW = 46;
/** What is kept takes less room: of 200 attachments most are. */
const KEPT_ROW = 26;
const FOOT = 26;
const PAD = 10;
const PORT = 14;
/** Width of a character at the font sizes of the picture, on the safe side. */
const MONO_12 = 7.4;
export const SANS_11 = 6.8;
export const SANS_14 = 8.6;
/** The least columns that a name gets beside an id. */
const MIN_NAME = 8;

export function boxHeight({ ports, others }: Box): number {
  return HEAD + portsHeight(ports) + ((others ?? 0) > 0 ? FOOT : 0) + PAD;
}

/** One instance: its vNICs before on the left edge, those after on the right, and what happens on the wire between. */
export function drawBox(box: Box): Markup {
  const { ports, others } = box;
  const width = BOX_WIDTH - 2 * EDGE;
  const height = boxHeight(box);
  const tops = topsOf(ports);
  const afterPorts = HEAD + portsHeight(ports);
  return markup`<rect class="box" x="${EDGE}" y="0.5" width="${width}" height="${height - 1}" rx="8"/>${head(box)}${ports.map(
    (port, index) => drawPort(port, tops[index] ?? HEAD),
  )}${
    (others ?? 0) > 0
      ? text(
          'soft',
          INSIDE,
          afterPorts + 18,
          `and ${plural(others ?? 0, 'vNIC')} more, not in this plan`,
          SANS_11,
        )
      : undefined
  }`;
}

/** What the box shows, in words. */
export function describeBox({ instance, ports, others }: Box): string {
  const lines = ports.map((port) => `vNIC ${named(port.nic)}: ${wordOf(port)}.`);
  const more = (others ?? 0) > 0 ? [`${plural(others ?? 0, 'vNIC')} more, not in this plan.`] : [];
  return [
    `Instance ${named(instance)}${instance.status === undefined ? '' : `, ${instance.status}`}.`,
    ...lines,
    ...more,
  ].join(' ');
}

function portsHeight(ports: readonly Port[]): number {
  return ports.reduce((sum, port) => sum + rowHeight(port), 0);
}

function topsOf(ports: readonly Port[]): readonly number[] {
  let top = HEAD;
  return ports.map((port) => (top += rowHeight(port)) - rowHeight(port));
}

function rowHeight({ kind }: Port): number {
  return kind === 'keep' ? KEPT_ROW : ROW;
}

function head({ instance, ports, others }: Box): Markup {
  const right = BOX_WIDTH - INSIDE;
  const { label, name, status, zone } = instance;
  const facts = [status, zone].flatMap((each) => each ?? []).join(' · ');
  const count = (of: (port: Port) => boolean) => ports.filter(of).length + (others ?? 0);
  const [before, after] = [count((each) => each.before), count((each) => each.after)];
  const sub = name === undefined ? facts : `${label}${facts === '' ? '' : ` · ${facts}`}`;
  const bottom = HEAD - 12;
  return markup`<path class="head" d="M${EDGE + 0.5} ${bottom}V8.5a8 8 0 0 1 8-8H${BOX_WIDTH - EDGE - 8.5}a8 8 0 0 1 8 8V${bottom}z"/><path class="rule" d="M${EDGE} ${bottom}H${BOX_WIDTH - EDGE}"/>${text('title', INSIDE, 23, name ?? label, SANS_14, BOX_WIDTH - 2 * INSIDE - 80)}${text(
    'soft end',
    right,
    23,
    before === after ? plural(after, 'vNIC') : `${before} → ${plural(after, 'vNIC')}`,
    SANS_11,
  )}${text('mono', INSIDE, 41, sub, SANS_11)}`;
}

function drawPort(port: Port, top: number): Markup {
  const { nic, kind, level, before, after } = port;
  const wire = top + (kind === 'keep' ? 11 : 30);
  const [left, right] = [EDGE, BOX_WIDTH - EDGE];
  const badge = level === 'error' || level === 'warning' ? level : undefined;
  const room = BOX_WIDTH - 2 * INSIDE - (badge === undefined ? 0 : 20);
  const word = wordOf(port);
  const leaves = before && !after;
  return markup`<g class="${leaves ? `detach${kind === 'move' ? ' move' : ''}` : kind}"><path class="wire" d="M${left} ${wire}H${right}"/>${label(port, top + 14, room)}${
    badge === undefined
      ? undefined
      : markup`<text class="${badge} end" x="${BOX_WIDTH - INSIDE}" y="${top + 14}">${LEVEL_GLYPHS[badge]}<title>${badge}</title></text>`
  }${
    kind === 'keep' ? undefined : pill(word, wire)
  }${portAt(left, wire, before, leaves ? GLYPHS.detach : undefined)}${portAt(right, wire, after, before ? GLYPHS[kind] : GLYPHS.attach)}<title>${named(nic)}: ${word}</title></g>`;
}

function label({ nic }: Port, y: number, room: number): Markup {
  const columns = Math.floor(room / MONO_12);
  // The id comes first: it is what a person compares.
  const id = fitted(nic.label, nic.name === undefined ? columns : columns - MIN_NAME);
  const left = Math.floor((columns - columnsOf(id) - 2) * (MONO_12 / SANS_11));
  const name = nic.name === undefined ? '' : fitted(nic.name, Math.max(MIN_NAME, left));
  return clip(
    y,
    room,
    markup`<text class="id" x="4" y="14">${id}${name === '' ? undefined : markup`<tspan class="soft" dx="8">${name}</tspan>`}</text>`,
  );
}

function pill(word: string, y: number): Markup {
  const shown = fitted(word, 40);
  const width = Math.min(BOX_WIDTH - 2 * INSIDE - 16, Array.from(shown).length * SANS_11 + 18);
  const x = (BOX_WIDTH - width) / 2;
  return markup`<rect class="pill" x="${x}" y="${y - 9}" width="${width}" height="18" rx="9"/><svg x="${x + 4}" y="${y - 9}" width="${width - 8}" height="18"><text class="word" x="${width / 2 - 4}" y="13">${shown}</text></svg>`;
}

function portAt(x: number, y: number, there: boolean, sign: string | undefined): Markup {
  const half = PORT / 2;
  return markup`<rect class="${there ? 'port' : 'none'}" x="${x - half}" y="${y - half}" width="${PORT}" height="${PORT}" rx="3"/>${
    there && sign !== undefined && sign !== GLYPHS.keep
      ? markup`<text class="sign" x="${x}" y="${y + 4.5}">${sign}</text>`
      : undefined
  }`;
}

/** What happens to the port, in a word or a few. */
function wordOf({ kind, before, after, other }: Port): string {
  if (kind === 'move' && other !== undefined) {
    return before ? `− moves to ${named(other)}` : `+ comes from ${named(other)}`;
  }
  switch (kind) {
    case 'attach':
      return '+ attach';
    case 'detach':
      return '− detach';
    case 'replace':
      return '↻ detach, then attach again';
    case 'adopt':
      return '◇ attached, adopted as it is';
    case 'forget':
      return '⊘ stays, no longer managed';
    case 'move':
    case 'clear':
    case 'keep':
      return before === after ? 'no change' : after ? '+ attach' : '− detach';
  }
}

function text(
  style: string,
  x: number,
  y: number,
  content: string,
  perColumn: number,
  room = BOX_WIDTH - 2 * INSIDE,
): Markup {
  const shown = fitted(content, Math.floor(room / perColumn));
  const more = shown === content ? undefined : markup`<title>${content}</title>`;
  if (style.includes('end')) return markup`<text class="${style}" x="${x}" y="${y}">${shown}${more}</text>`;
  return clip(y, room, markup`<text class="${style}" x="0" y="14">${shown}${more}</text>`);
}

/** A window through which a line of text shows: whatever its font makes of it, it stays inside. */
function clip(y: number, width: number, content: Markup): Markup {
  return markup`<svg x="${INSIDE}" y="${y - 14}" width="${width}" height="19">${content}</svg>`;
}
