import stringWidth from 'string-width';
import type { Paint } from './screen';

export interface Column {
  readonly title: string;
  /** Minimum width when shrunk, before any column is dropped. Default: the column does not shrink. */
  readonly shrinksTo?: number;
  /** Columns with a rank are dropped when lines are still too long, lowest rank first. */
  readonly dropRank?: number;
}

const GAP = '  ';
const MIN_WIDTH = 4;

/**
 * Lays out a table with aligned columns in lines of at most `width` characters. Columns shrink first, then columns are
 * dropped, then all remaining columns are truncated.
 * @param width `undefined` for lines of any length
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string[] {
  const used = columns
    .map((column, index) => ({ column, cells: rows.map((row) => row[index] ?? '') }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const fitted = fitColumns(
    used.map(({ column, cells }) => ({
      column,
      cells,
      width: Math.max(...[column.title, ...cells].map((each) => stringWidth(each))),
    })),
    width,
  );
  const line = (of: (column: (typeof fitted)[number]) => string) => {
    const text = fitted
      .map((column) => fit(of(column), column.width))
      .join(GAP)
      .trimEnd();
    return width === undefined ? text : truncate(text, width);
  };
  return [
    paint(
      'bold',
      line(({ column }) => column.title),
    ),
    ...rows.map((_, index) => line(({ cells }) => cells[index] ?? '')),
  ];
}

interface Sized {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly width: number;
}

function fitColumns(columns: readonly Sized[], width: number | undefined): readonly Sized[] {
  if (width === undefined || total(columns) <= width) return columns;
  const shrunk = shrink(columns, width, ({ column, width: current }) => column.shrinksTo ?? current);
  if (total(shrunk) <= width) return shrunk;
  const ranks = columns.flatMap(({ column }) => column.dropRank ?? []);
  if (ranks.length > 0) {
    const lowest = Math.min(...ranks);
    return fitColumns(
      columns.filter(({ column }) => column.dropRank !== lowest),
      width,
    );
  }
  return shrink(shrunk, width, () => MIN_WIDTH);
}

/** Repeatedly narrows the widest column that can shrink, until the lines fit. */
function shrink(columns: readonly Sized[], width: number, minWidth: (column: Sized) => number): Sized[] {
  const sized = columns.map((column) => ({ ...column, min: Math.min(minWidth(column), column.width) }));
  for (let over = total(sized) - width; over > 0; over -= 1) {
    const [widest] = sized.filter((column) => column.width > column.min).sort((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return sized;
}

function total(columns: readonly Sized[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * Math.max(0, columns.length - 1));
}

const graphemes = new Intl.Segmenter();

/** Truncates a text to `width` columns, with a trailing `…`. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** Truncates or pads a text to exactly `width` columns. */
export function fit(text: string, width: number): string {
  const short = truncate(text, width);
  return short + ' '.repeat(Math.max(0, width - stringWidth(short)));
}
