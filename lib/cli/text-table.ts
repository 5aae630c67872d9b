import stringWidth from 'string-width';
import type { Paint } from './screen';

export interface Column {
  readonly title: string;
  /** To how many characters it may be cut while other columns still show. Not at all if not given. */
  readonly shrinksTo?: number;
  /** Columns with a number go when lines are still too long, the smallest first. */
  readonly dropRank?: number;
}

const GAP = '  ';
const NARROWEST = 4;

/**
 * Lines of a table with aligned columns, each at most `width` characters: first the columns that may shrink do, then
 * those that may go do, at last all are cut.
 * @param width `undefined` for lines of any length
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string[] {
  const shown = columns
    .map((column, index) => ({ column, cells: rows.map((row) => row[index] ?? '') }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const fitted = fitColumns(
    shown.map(({ column, cells }) => ({
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
    return width === undefined ? text : cut(text, width);
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
  const shrunk = shrink(columns, width, ({ column, width: now }) => column.shrinksTo ?? now);
  if (total(shrunk) <= width) return shrunk;
  const ranks = columns.flatMap(({ column }) => column.dropRank ?? []);
  if (ranks.length > 0) {
    const next = Math.min(...ranks);
    return fitColumns(
      columns.filter(({ column }) => column.dropRank !== next),
      width,
    );
  }
  return shrink(shrunk, width, () => NARROWEST);
}

/** Takes from the widest column that may give, until the lines fit or none may. */
function shrink(columns: readonly Sized[], width: number, least: (column: Sized) => number): Sized[] {
  const sized = columns.map((column) => ({ ...column, least: Math.min(least(column), column.width) }));
  for (let over = total(sized) - width; over > 0; over -= 1) {
    const [widest] = sized.filter((column) => column.width > column.least).sort((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return sized;
}

function total(columns: readonly Sized[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * Math.max(0, columns.length - 1));
}

const graphemes = new Intl.Segmenter();

/** A text cut to `width` columns, with `…` for what is missing. */
export function cut(text: string, width: number): string {
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

/** A text cut or filled to exactly `width` columns. */
export function fit(text: string, width: number): string {
  const short = cut(text, width);
  return short + ' '.repeat(Math.max(0, width - stringWidth(short)));
}
