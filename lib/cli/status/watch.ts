import { showDuration } from '../../duration';
import type { Clock } from '../../zec/clock';
import { ZecError } from '../../zec/errors';
import type { Screen } from '../command';
import { cut } from '../text-width';
import { withChanges } from './changes';
import type { Inventory } from './inventory';
import { inventoryLines } from './render';

export interface WatchOptions {
  readonly look: () => Promise<Inventory>;
  /** From the end of one look to the beginning of the next, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** What stdout is now: a terminal changes its size. */
  readonly screen: () => Screen;
  /** One line for each look, where machines read. */
  readonly asJson?: (inventory: Inventory, at: string) => string;
}

/** So many looks in a row may fail before the watch ends. */
const MAX_FAILURES = 10;
/** The longest pause after failures, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;
const OTHER_SCREEN = '\u001b[?1049h\u001b[?25l';
const FIRST_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Shows the inventory again and again until the signal aborts: in place on a terminal, one below the other elsewhere.
 * One look at a time; what changed since the one before has a note. A look that fails for a passing reason is said and tried again, later each time.
 * @throws ZecError when the first look fails, when one fails for good, or after ten failures in a row
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { clock, signal, look, intervalMs, asJson } = options;
  const page = asJson === undefined && options.screen().isTerminal ? inPlace(options) : appended(options);
  let last: Inventory | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const now = await look();
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

/** Frames on the terminal's other screen, so that what was on the first one stays; the last frame is left there. */
function inPlace({ write, screen, intervalMs }: WatchOptions): Page {
  let frame: readonly string[] = [];
  let at = '';
  const draw = (inventory: Inventory, foot: string) => {
    const { columns, rows } = screen();
    const head = `zec-nic status, ${at}, every ${showDuration(intervalMs)}; Ctrl-C ends it`;
    frame = [head, '', ...inventoryLines(inventory, screen()), ...(foot === '' ? [] : ['', foot])].map(
      (line) => (columns === undefined ? line : cutStyled(line, columns)),
    );
    const lines =
      frame.length > rows ? [...frame.slice(0, rows - 1), `… ${frame.length - rows + 1} more lines`] : frame;
    write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  };
  write(OTHER_SCREEN);
  return {
    show(inventory, time) {
      at = time;
      draw(inventory, '');
    },
    fail: (last, error) => draw(last, `as of ${at}; since then: ${error.message}`),
    end: () => write(`${FIRST_SCREEN}${frame.length === 0 ? '' : `${frame.slice(2).join('\n')}\n`}`),
  };
}

/** A line without styles is cut; one with styles comes from the table, which fits already. */
function cutStyled(line: string, columns: number): string {
  return line.includes('\u001b') ? line : cut(line, columns);
}

function appended({ write, screen, asJson }: WatchOptions): Page {
  return {
    show: (inventory, at) =>
      write(
        asJson === undefined
          ? `${at}\n${inventoryLines(inventory, screen()).join('\n')}\n\n`
          : `${asJson(inventory, at)}\n`,
      ),
    fail: (_, error) => {
      if (asJson === undefined) write(`${error.message}; trying again\n\n`);
    },
    end: () => undefined,
  };
}
