import { showDuration } from '../../duration';
import type { Clock } from '../../zec/clock';
import { ZecError } from '../../zec/errors';
import type { Screen } from '../screen';
import { cut } from '../text-table';
import { withChanges } from './inventory';
import type { Inventory } from './inventory';
import { inventoryLines } from './table';

export interface WatchOptions {
  readonly read: () => Promise<Inventory>;
  /** From the end of one read to the beginning of the next, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** What stdout is now: a terminal changes its size. */
  readonly screen: () => Screen;
  /** One line for each read, where machines read along. */
  readonly asJson?: ((inventory: Inventory, at: string) => string) | undefined;
}

/** So many reads in a row may fail before the watch ends. */
const MAX_FAILURES = 10;
/** The longest pause after failures, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;
const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l';
const MAIN_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Shows the inventory again and again until the signal aborts: in place on a terminal, one below the other elsewhere.
 * What changed since the previous read has a note. A read that fails for a passing reason is reported and repeated, later
 * each time.
 * @throws ZecError when the first read fails, when one fails for good, or after ten failures in a row
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { clock, signal, read, intervalMs, asJson } = options;
  const page = asJson === undefined && options.screen().isTerminal ? inPlace(options) : appended(options);
  let last: Inventory | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const now = await read();
        failures = 0;
        page.show(asJson === undefined ? withChanges(now, last) : now, new Date(clock.wall()).toISOString());
        last = now;
      } catch (error) {
        if (!(error instanceof ZecError)) throw error;
        failures += 1;
        if (last === undefined || error.kind !== 'transient' || failures >= MAX_FAILURES) throw error;
        page.fail(last, error);
      }
      await clock.sleep(Math.max(intervalMs, Math.min(LONGEST_PAUSE_MS, intervalMs * 2 ** failures)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    page.end();
  }
}

interface Page {
  show(inventory: Inventory, at: string): void;
  fail(last: Inventory, error: ZecError): void;
  end(): void;
}

/** Frames on the terminal's alternate screen; the last one is left on the main screen. */
function inPlace({ write, screen, intervalMs }: WatchOptions): Page {
  let frame: readonly string[] = [];
  let at = '';
  const draw = (inventory: Inventory, foot: readonly string[]) => {
    const { columns = Infinity, rows } = screen();
    const head = `zec-nic status, ${at}, every ${showDuration(intervalMs)}; Ctrl-C ends it`;
    frame = [head, '', ...inventoryLines(inventory, screen()), ...foot].map((line) =>
      // A line with styles comes from the table, which fits already.
      line.includes('\u001b') ? line : cut(line, columns),
    );
    const lines =
      frame.length > rows ? [...frame.slice(0, rows - 1), `… ${frame.length - rows + 1} more lines`] : frame;
    write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  };
  write(ALTERNATE_SCREEN);
  return {
    show(inventory, time) {
      at = time;
      draw(inventory, []);
    },
    fail: (last, error) => draw(last, ['', `as of ${at}; since then: ${error.message}`]),
    end: () => write(`${MAIN_SCREEN}${frame.length === 0 ? '' : `${frame.slice(2).join('\n')}\n`}`),
  };
}

function appended({ write, screen, asJson }: WatchOptions): Page {
  return {
    show(inventory, at) {
      const table = () => `${at}\n${inventoryLines(inventory, screen()).join('\n')}\n`;
      write(`${asJson?.(inventory, at) ?? table()}\n`);
    },
    fail(_, error) {
      if (asJson === undefined) write(`${error.message}; trying again\n\n`);
    },
    end: () => undefined,
  };
}
