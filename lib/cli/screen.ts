import type { Paint } from '../review';
import type { Environment } from '../zec/settings';

export interface Screen {
  readonly isTerminal: boolean;
  /** Width in columns; `undefined` for lines of any length. */
  readonly columns: number | undefined;
  readonly rows: number;
  /** Styles text with ANSI codes, or returns it unchanged if colours are off. */
  readonly paint: Paint;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/**
 * Detects the capabilities of stdout. Colours are on for a terminal that supports them. `NO_COLOR` or `--no-color`
 * disables them in any case. `FORCE_COLOR` enables them without a terminal, as in a pipeline log. `COLUMNS` sets the
 * width without a terminal.
 */
export function screenOf(
  stdout: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number },
  env: Environment,
  noColor: boolean,
): Screen {
  const isTerminal = stdout.isTTY === true;
  const requestedColumns = /^[1-9]\d{0,3}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = env;
  const isSupported =
    FORCE_COLOR === '' ? isTerminal && TERM !== 'dumb' : !/^(?:0|false|no)$/i.test(FORCE_COLOR);
  const hasColors = !noColor && NO_COLOR === '' && isSupported;
  return {
    isTerminal,
    columns: isTerminal ? sizeOf(stdout.columns, 80) : requestedColumns,
    rows: sizeOf(stdout.rows, 24),
    paint: (style, text) => (hasColors ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text),
  };
}

/** A terminal of unknown size reports 0, for example in some containers and pipelines. */
function sizeOf(reported = 0, fallback: number): number {
  return reported > 0 ? reported : fallback;
}
