import { ID_PATTERN } from '../contract';

/**
 * A text from outside for GitHub's and GitLab's Markdown. An id is code as it is. All else is code of HTML in which every
 * character that could mean something is written by its number: no markup, no link, no mention comes of it.
 */
export function code(text: string): string {
  return ID_PATTERN.test(text) ? `\`${text}\`` : `<code>${inert(text)}</code>`;
}

/**
 * Our own words with texts from outside among them: nothing in them is markup. Mentions and references are looked for
 * after that, in what the numbers have become: an invisible space keeps them from being found.
 */
export function inert(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,;-]|\bwww\./giu, (found) =>
      Array.from(found, (character) => `&#${character.codePointAt(0) ?? 0};`).join(''),
    )
    .replace(/&#(?:33|35|36|37|38|64|126);/g, (found) => `${found}&#8203;`);
}

/** The most characters that a comment on GitHub may have, less some room for what a pipeline adds. */
export const MAX_COMMENT = 60_000;

/** As many lines as fit, and how many do not. */
export function fitting(
  lines: readonly string[],
  room: number,
): { readonly lines: readonly string[]; readonly left: number } {
  let used = 0;
  const count = lines.findIndex((line) => (used += line.length + 1) > room);
  return count === -1 ? { lines, left: 0 } : { lines: lines.slice(0, count), left: lines.length - count };
}
