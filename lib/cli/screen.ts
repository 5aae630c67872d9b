import type { Screen } from './command';

type Environment = Readonly<Record<string, string | undefined>>;

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
  return {
    isTerminal,
    columns: isTerminal ? (stdout.columns ?? 80) : asked,
    rows: stdout.rows ?? 24,
    color:
      !noColor && !isSet(env.NO_COLOR) && (isForced(env.FORCE_COLOR) ?? (isTerminal && env.TERM !== 'dumb')),
  };
}

/** `undefined` where the variable says nothing. */
function isForced(value: string | undefined): boolean | undefined {
  return isSet(value) ? !['0', 'false', 'no'].includes((value ?? '').toLowerCase()) : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Paint = (style: keyof typeof STYLES, text: string) => string;

/** Styles texts for a terminal with colours; leaves them as they are for all else. */
export function painter({ color }: Pick<Screen, 'color'>): Paint {
  return color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
}
