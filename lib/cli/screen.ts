import type { Environment } from './values';

/** What stdout is. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Columns in a line; `undefined` where lines may be of any length. */
  readonly columns: number | undefined;
  /** Lines of a terminal. */
  readonly rows: number;
  readonly color: boolean;
}

/**
 * What stdout is. Colours show on a terminal that has them. `NO_COLOR` or `--no-color` turns them off, whatever else is
 * set; `FORCE_COLOR` turns them on where there is no terminal, as in the log of a pipeline. `COLUMNS` gives a width
 * where there is no terminal.
 */
export function screenOf(
  stdout: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number },
  env: Environment,
  noColor: boolean,
): Screen {
  const isTerminal = stdout.isTTY === true;
  const asked = /^[1-9]\d{0,3}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = env;
  const fits = FORCE_COLOR === '' ? isTerminal && TERM !== 'dumb' : !/^(?:0|false|no)$/i.test(FORCE_COLOR);
  return {
    isTerminal,
    columns: isTerminal ? (stdout.columns ?? 80) : asked,
    rows: stdout.rows ?? 24,
    color: !noColor && NO_COLOR === '' && fits,
  };
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Paint = (style: keyof typeof STYLES, text: string) => string;

/** Styles texts for a terminal with colours; leaves them as they are for all else. */
export function painter({ color }: Pick<Screen, 'color'>): Paint {
  return color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
}

/** Text in lines of at most `width` characters; each after the first has `indent` before it. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}
