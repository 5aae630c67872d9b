import stringWidth from 'string-width';
import type { Screen } from './screen';

export interface Column {
  readonly title: string;
  /** Minimum width when shrunk, before any column is dropped. Default: the column does not shrink. */
  readonly shrinksTo?: number;
  /** Columns with a rank are dropped when lines are still too long, lowest rank first. */
  readonly dropRank?: number;
}

const GAP = '  ';
const MIN_WIDTH = 4;

interface SizedColumn extends Column {
  readonly cells: readonly string[];
  width: number;
}

/**
 * Lays out a table with aligned columns in lines that fit the screen. Columns shrink first, then columns are
 * dropped, then all remaining columns are truncated. Empty columns are omitted.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { columns: width = Infinity, paint }: Pick<Screen, 'columns' | 'paint'>,
): string[] {
  const sized = columns.map((column, index): SizedColumn => {
    const cells = rows.map((row) => row[index] ?? '');
    return {
      ...column,
      cells,
      width: Math.max(...[column.title, ...cells].map((each) => stringWidth(each))),
    };
  });
  const fitted = fitColumns(
    sized.filter(({ cells }) => cells.some((cell) => cell !== '')),
    width,
  );
  const line = (textOf: (column: SizedColumn) => string) => {
    const texts = fitted.map((column) => fitToWidth(textOf(column), column.width));
    return truncate(texts.join(GAP).trimEnd(), width);
  };
  const head = line(({ title }) => title);
  return [paint('bold', head), ...rows.map((_, index) => line(({ cells }) => cells[index] ?? ''))];
}

function fitColumns(columns: readonly SizedColumn[], width: number): readonly SizedColumn[] {
  const shrunk = shrink(columns, width, (column) => column.shrinksTo ?? column.width);
  if (totalWidth(shrunk) <= width) return shrunk;
  const lowest = Math.min(...columns.map(({ dropRank = Infinity }) => dropRank));
  if (lowest === Infinity) return shrink(shrunk, width, () => MIN_WIDTH);
  const kept = columns.filter(({ dropRank }) => dropRank !== lowest);
  return fitColumns(kept, width);
}

/** Repeatedly narrows the widest column that can shrink, until the lines fit. */
function shrink(
  columns: readonly SizedColumn[],
  width: number,
  minWidth: (column: SizedColumn) => number,
): SizedColumn[] {
  const sized = columns.map((column) => ({ ...column, min: Math.min(minWidth(column), column.width) }));
  for (let over = totalWidth(sized) - width; over > 0; over -= 1) {
    const [widest] = sized.filter((column) => column.width > column.min).sort((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return sized;
}

function totalWidth(columns: readonly SizedColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * Math.max(0, columns.length - 1));
}

const graphemes = new Intl.Segmenter();

/** Truncates a text to `width` columns, and then ends it with `…`. */
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
export function fitToWidth(text: string, width: number): string {
  const short = truncate(text, width);
  return short + ' '.repeat(Math.max(0, width - stringWidth(short)));
}
