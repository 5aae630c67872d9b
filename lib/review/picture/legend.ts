import { markup } from '../markup';
import type { Markup } from '../markup';

export const LEGEND_HEIGHT = 24;

const ENTRIES = [
  { kind: 'keep', words: 'stays', before: true, after: true },
  { kind: 'attach', words: 'comes', before: false, after: true },
  { kind: 'detach', words: 'goes', before: true, after: false },
] as const;
const X = [0, 100, 204];

/** What the signs of the picture mean. */
export function legend(): Markup {
  return markup`${ENTRIES.map(({ kind, words, before, after }, index) => {
    const [x, y] = [X[index] ?? 0, 10];
    return markup`<g class="${kind}"><path class="wire" d="M${x + 5} ${y}h26"/>${port(x + 5, y, before)}${port(x + 31, y, after)}<text class="soft" x="${x + 42}" y="${y + 4}">${words}</text></g>`;
  })}`;
}

function port(x: number, y: number, there: boolean): Markup {
  return markup`<rect class="${there ? 'port' : 'none'}" x="${x - 5}" y="${y - 5}" width="10" height="10" rx="2"/>`;
}
