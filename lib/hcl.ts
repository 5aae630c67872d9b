/** A token of HCL: a word, a quoted string or a single punctuation character. */
export interface HclToken {
  readonly text: string;
  /** Offset in the source text. */
  readonly at: number;
  /** Whether it is the first token on its line. */
  readonly startsLine: boolean;
}

// The alternatives are mutually exclusive and scanning stops at an unterminated comment, so matching is linear.
const TOKEN = /(\s+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)|"(?:[^"\\\n]|\\.)*"|\/\*|[\w.-]+|[^]/g;

/**
 * Tokenizes HCL without whitespace and comments. An unterminated string yields the token `"`. An unterminated comment
 * yields the token `/*` and ends the sequence.
 */
export function* hclTokens(text: string): Generator<HclToken, void> {
  let startsLine = true;
  for (const { 0: token, 1: skipped, index: at } of text.matchAll(TOKEN)) {
    if (skipped !== undefined) {
      startsLine ||= /^\s/.test(skipped) && skipped.includes('\n');
      continue;
    }
    yield { text: token, at, startsLine };
    if (token === '/*') return;
    startsLine = false;
  }
}
