import type { Result } from './harness';
import type { Spread } from './statistics';

const HEADINGS = ['scenario', 'against', 'metric', 'baseline', 'this', 'ratio', 'least', 'goal', ''];

/** The results as a table. Spreads are interquartile ranges. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.scenario,
    result.against,
    `${result.metric} (${result.unit})`,
    show(result.baseline),
    show(result.subject),
    show(result.ratio, 2),
    Number.isFinite(result.ratioOfLeast) ? result.ratioOfLeast.toFixed(2) : '–',
    result.goal ?? '',
    result.met === undefined ? '' : result.met ? 'met' : 'NOT MET',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEADINGS, widths.map((width) => '─'.repeat(width)), ...rows].map(line).join('\n');
}

function show({ median, low, high }: Spread, digits?: number): string {
  // A ratio to zero is undefined.
  if (!Number.isFinite(median)) return '–';
  const text = (value: number) => (digits === undefined ? figure(value) : value.toFixed(digits));
  return low === high ? text(median) : `${text(median)} (${text(low)}–${text(high)})`;
}

/** Three significant digits, and no fraction for larger numbers. */
function figure(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
