import type { Box, Review } from '../model';
import { BOX_WIDTH, boxHeight, describeBox, drawBox, EDGE, SANS_11, SANS_14 } from './box';
import { counts, headline } from './labels';
import { markup, Markup, palette, DIAGRAM_STYLE } from './markup';

const GAP = 16;
const MARGIN = 20;
const TOP = 64;
const LINE = 18;
export const LEGEND_HEIGHT = 24;

/** The diagram as an SVG file: each instance with its vNICs before and after the apply. */
export function reviewSvg(review: Review): string {
  const columns = columnsFor(review.boxes.length);
  const [title, subtitle] = [headline(review), counts(review)];
  const left = MARGIN + EDGE;
  const width = Math.max(
    2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP,
    Math.ceil(2 * left + Math.max(title.length * SANS_14, subtitle.length * SANS_11)),
  );
  const { placed, height: below } = arrange(review.boxes, columns);
  const legendTop = TOP + below + GAP;
  const height = legendTop + LEGEND_HEIGHT + LINE + MARGIN;
  const style = new Markup(`<style>${palette('.zec')}${DIAGRAM_STYLE}</style>`);
  const description = review.boxes.map((each) => describeBox(each)).join(' ');
  const diagram = markup`<svg xmlns="http://www.w3.org/2000/svg" class="zec" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc"><title id="title">Attachments before and after: ${title}</title><desc id="desc">${description}</desc>${style}<rect width="${width}" height="${height}" fill="var(--ground)"/><text class="title" x="${left}" y="30">${title}</text><text class="soft" x="${left}" y="48">${subtitle}</text>${placed.map(
    ({ box, x, y }) =>
      markup`<svg x="${x}" y="${y}" width="${BOX_WIDTH}" height="${boxHeight(box)}">${drawBox(box)}</svg>`,
  )}<svg x="${left}" y="${legendTop}" width="${width - left - MARGIN}" height="${LEGEND_HEIGHT}">${legend()}</svg><text class="soft" x="${left}" y="${legendTop + LEGEND_HEIGHT + LINE}">Left edge: before the apply. Right edge: after the apply.</text></svg>`;
  return `${diagram.text}\n`;
}

function columnsFor(boxes: number): number {
  return boxes <= 1 ? 1 : boxes <= 4 ? 2 : boxes <= 12 ? 3 : boxes <= 30 ? 4 : 5;
}

/** Places each box in the shortest column. */
function arrange(boxes: readonly Box[], columns: number) {
  const heights = Array.from({ length: columns }, () => 0);
  const placed = boxes.map((box) => {
    const column = heights.indexOf(Math.min(...heights));
    const y = heights[column] ?? 0;
    heights[column] = y + boxHeight(box) + GAP;
    return { box, x: MARGIN + column * (BOX_WIDTH + GAP), y: TOP + y };
  });
  return { placed, height: Math.max(0, ...heights) - (boxes.length === 0 ? 0 : GAP) };
}

const LEGEND = [
  { kind: 'keep', label: 'keep', x: 0, before: true, after: true },
  { kind: 'attach', label: 'attach', x: 100, before: false, after: true },
  { kind: 'detach', label: 'detach', x: 204, before: true, after: false },
] as const;

export function legend(): Markup {
  const port = (x: number, occupied: boolean) =>
    markup`<rect class="${occupied ? 'port' : 'none'}" x="${x - 5}" y="5" width="10" height="10" rx="2"/>`;
  return markup`${LEGEND.map(
    ({ kind, label, x, before, after }) =>
      markup`<g class="${kind}"><path class="wire" d="M${x + 5} 10h26"/>${port(x + 5, before)}${port(x + 31, after)}<text class="soft" x="${x + 42}" y="14">${label}</text></g>`,
  )}`;
}
