import { formatDuration } from '../../duration';
import type { Clock } from '../../zec/clock';
import { ZecError } from '../../zec/errors';
import type { Session } from '../session';
import { truncate } from '../text-table';
import { withChanges, type StatusInventory } from './inventory';
import { inventoryLines } from './table';

export interface WatchOptions {
  readonly read: () => Promise<StatusInventory>;
  /** Delay from the end of one read to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Its signal stops the watch. */
  readonly session: Pick<Session, 'signal' | 'out' | 'screen'>;
  /** Formats a read as one line of JSON. Default: a table. */
  readonly asJson?: ((inventory: StatusInventory, at: string) => string) | undefined;
}

const MAX_FAILURES = 10;
const MAX_DELAY_MS = 60_000;
const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l';
const MAIN_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Reads and prints the inventory at an interval until the signal aborts: in place on a terminal, appended elsewhere.
 * Notes mark changes since the previous read. Transient errors are reported and retried with exponential backoff.
 * @throws ZecError if the first read fails, after an error that is not transient, or after ten consecutive failures
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { clock, session, read, intervalMs, asJson } = options;
  const { signal } = session;
  const inPlace = asJson === undefined && session.screen.isTerminal;
  const view = inPlace ? terminalView(options) : appendingView(options);
  let last: StatusInventory | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const now = await read();
        failures = 0;
        view.show(asJson === undefined ? withChanges(now, last) : now, new Date(clock.wall()).toISOString());
        last = now;
      } catch (error) {
        if (!(error instanceof ZecError)) throw error;
        failures += 1;
        if (last === undefined || error.kind !== 'transient' || failures >= MAX_FAILURES) throw error;
        view.fail(last, error);
      }
      await clock.sleep(Math.max(intervalMs, Math.min(MAX_DELAY_MS, intervalMs * 2 ** failures)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    view.end?.();
  }
}

interface WatchView {
  show(inventory: StatusInventory, at: string): void;
  fail(last: StatusInventory, error: ZecError): void;
  end?(): void;
}

/** Draws on the alternate screen of the terminal, and finally prints the last frame on the main screen. */
function terminalView({ session, intervalMs }: WatchOptions): WatchView {
  let frame: readonly string[] = [];
  let at = '';
  const draw = (inventory: StatusInventory, footer: readonly string[]) => {
    const { columns = Infinity, rows } = session.screen;
    const header = `zec-nic status, ${at}, every ${formatDuration(intervalMs)}; press Ctrl-C to stop`;
    frame = [header, '', ...inventoryLines(inventory, session.screen), ...footer].map((line) =>
      // A line with styles comes from the table, which already fits.
      line.includes('\u001b') ? line : truncate(line, columns),
    );
    const lines =
      frame.length > rows ? [...frame.slice(0, rows - 1), `… ${frame.length - rows + 1} more lines`] : frame;
    session.out(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  };
  session.out(ALTERNATE_SCREEN);
  return {
    show(inventory, time) {
      at = time;
      draw(inventory, []);
    },
    fail: (last, error) => draw(last, ['', `last read at ${at}; failing since: ${error.message}`]),
    end: () => session.out([MAIN_SCREEN, ...frame.slice(2).map((line) => `${line}\n`)].join('')),
  };
}

function appendingView({ session, asJson }: WatchOptions): WatchView {
  return {
    show(inventory, at) {
      const table = () => `${at}\n${inventoryLines(inventory, session.screen).join('\n')}\n`;
      session.out(`${asJson?.(inventory, at) ?? table()}\n`);
    },
    fail(_, error) {
      if (asJson === undefined) session.out(`${error.message}; retrying\n\n`);
    },
  };
}
