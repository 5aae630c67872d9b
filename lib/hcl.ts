/** A word, a string in quotes or a sign of Terraform's language. */
export interface HclToken {
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
  /** Whether it is the first one on its line. */
  readonly isFirst: boolean;
}

// Alternatives exclude each other, and nothing is read after a comment without an end: time is linear.
const TOKEN = /(\s+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)|"(?:[^"\\\n]|\\.)*"|\/\*|[\w.-]+|[^]/g;

/**
 * The tokens of a text in Terraform's language, without spaces and comments. A string without an end is a token `"`, and
 * a comment without an end is the last one, `/*`.
 */
export function* hclTokens(text: string): Generator<HclToken, void> {
  let isFirst = true;
  for (const { 0: token, 1: between, index: at } of text.matchAll(TOKEN)) {
    if (between !== undefined) {
      isFirst ||= /^\s/.test(between) && between.includes('\n');
      continue;
    }
    yield { text: token, at, isFirst };
    if (token === '/*') return;
    isFirst = false;
  }
}
