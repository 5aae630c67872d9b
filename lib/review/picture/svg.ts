import { markup, Markup } from '../markup';
import type { Box, Review } from '../model';
import { counts, headline } from '../words';
import { BOX_WIDTH, boxHeight, describeBox, drawBox, EDGE, SANS_11, SANS_14 } from './box';
import { legend, LEGEND_HEIGHT } from './legend';
import { palette, PICTURE_STYLE } from './style';

const GAP = 16;
const MARGIN = 20;
const TOP = 64;
const LINE = 18;

/** The picture alone, as a file: every instance with its vNICs before and after. */
export function reviewSvg(review: Review): string {
  const columns = columnsFor(review.boxes.length);
  const told = [headline(review), counts(review)] as const;
  const width = Math.max(
    2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP,
    Math.ceil(2 * (MARGIN + EDGE) + Math.max(told[0].length * SANS_14, told[1].length * SANS_11)),
  );
  const { placed, height: below } = arrange(review.boxes, columns);
  const legendTop = TOP + below + GAP;
  const height = legendTop + LEGEND_HEIGHT + LINE + MARGIN;
  const style = new Markup(`<style>${palette('.zec')}${PICTURE_STYLE}</style>`);
  const description = review.boxes.map((each) => describeBox(each)).join(' ');
  return `${
    markup`<svg xmlns="http://www.w3.org/2000/svg" class="zec" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc"><title id="title">Attachments before and after: ${told[0]}</title><desc id="desc">${description}</desc>${style}<rect width="${width}" height="${height}" fill="var(--ground)"/><text class="title" x="${MARGIN + EDGE}" y="30">${told[0]}</text><text class="soft" x="${MARGIN + EDGE}" y="48">${told[1]}</text>${placed.map(
      ({ box, x, y }) =>
        markup`<svg x="${x}" y="${y}" width="${BOX_WIDTH}" height="${boxHeight(box)}">${drawBox(box)}</svg>`,
    )}<svg x="${MARGIN + EDGE}" y="${legendTop}" width="${width - 2 * MARGIN - EDGE}" height="${LEGEND_HEIGHT}">${legend()}</svg><text class="soft" x="${MARGIN + EDGE}" y="${legendTop + LEGEND_HEIGHT + LINE}">Left edge: before the apply. Right edge: after.</text></svg>`
      .text
  }\n`;
}

function columnsFor(boxes: number): number {
  return boxes <= 1 ? 1 : boxes <= 4 ? 2 : boxes <= 12 ? 3 : boxes <= 30 ? 4 : 5;
}

/** Each box into the column that is shortest so far. */
function arrange(
  boxes: readonly Box[],
  columns: number,
): {
  readonly placed: readonly { readonly box: Box; readonly x: number; readonly y: number }[];
  readonly height: number;
} {
  const heights = Array.from({ length: columns }, () => 0);
  const placed = boxes.map((box) => {
    const column = heights.indexOf(Math.min(...heights));
    const y = heights[column] ?? 0;
    heights[column] = y + boxHeight(box) + GAP;
    return { box, x: MARGIN + column * (BOX_WIDTH + GAP), y: TOP + y };
  });
  return { placed, height: Math.max(0, ...heights) - (boxes.length === 0 ? 0 : GAP) };
}
