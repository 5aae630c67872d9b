/** How wide a text is, in characters of a fixed width; on the safe side, since the font is not known. */
export function columnsOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + widthOf(character), 0);
}

/** The text, or its beginning and its end with `…` between, in at most `columns` columns. */
export function fitted(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = Array.from(text);
  const room = Math.max(1, columns - 1);
  const head: string[] = [];
  const tail: string[] = [];
  let used = 0;
  // The end of an id tells it from others as often as its beginning does.
  for (let from = 0, to = characters.length - 1; from <= to;) {
    const atHead = head.length <= tail.length;
    const character = characters[atHead ? from : to] ?? '';
    used += widthOf(character);
    if (used > room) break;
    if (atHead) from = head.push(character);
    else to = characters.length - 1 - tail.push(character);
  }
  return `${head.join('')}…${tail.reverse().join('')}`;
}

function widthOf(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x300) return 1;
  return /\p{M}/u.test(character)
    ? 0
    : /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji}]/u.test(character)
      ? 2
      : 1.3;
}
