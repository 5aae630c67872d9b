/** The one of `words` that differs from `word` by the fewest letters, at most two of them. */
export function closest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 32) return undefined;
  const [best] = words
    .map((each) => ({ each, distance: distance(word, each) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? best.each : undefined;
}

/** How many letters have to be added, removed or replaced to make `b` of `a`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1];
    for (let at = 0; at < b.length; at++) {
      next.push(
        Math.min((row[at] ?? 0) + (a[index] === b[at] ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
