import { formatDuration } from '../../duration';
import type { Clock } from '../../zec/clock';
import { ZecError } from '../../zec/errors';
import type { Session } from '../session';
import { truncate } from '../text-table';
import { withChanges, type StatusInventory } from './inventory';
import { inventoryJson, inventoryLines } from './table';

export interface WatchOptions {
  readonly read: () => Promise<StatusInventory>;
  /** Delay from the end of one read to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Its signal stops the watch. */
  readonly session: Pick<Session, 'signal' | 'out' | 'screen'>;
  /** Prints each read as one line of JSON. */
  readonly json?: boolean;
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
  const { clock, session, read, intervalMs, json = false } = options;
  const { signal } = session;
  const inPlace = !json && session.screen.isTerminal;
  const view = inPlace ? terminalView(options) : appendingView(options);
  let last: { readonly inventory: StatusInventory; readonly at: string } | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const inventory = await read();
        const at = new Date(clock.wall()).toISOString();
        failures = 0;
        view.show(json ? inventory : withChanges(inventory, last?.inventory), at);
        last = { inventory, at };
      } catch (error) {
        if (!(error instanceof ZecError)) throw error;
        failures += 1;
        if (last === undefined || error.kind !== 'transient' || failures >= MAX_FAILURES) throw error;
        view.show(last.inventory, last.at, error);
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
  /** Shows a read, or the last one with an error that followed it. */
  show(inventory: StatusInventory, at: string, error?: ZecError): void;
  end?(): void;
}

/** Draws on the alternate screen of the terminal, and finally prints the last frame on the main screen. */
function terminalView({ session, intervalMs }: WatchOptions): WatchView {
  let frame: readonly string[] = [];
  session.out(ALTERNATE_SCREEN);
  return {
    show(inventory, at, error) {
      const { columns = Infinity, rows } = session.screen;
      const header = `zec-nic status, ${at}, every ${formatDuration(intervalMs)}; press Ctrl-C to stop`;
      const footer = error ? ['', `last read at ${at}; failing since: ${error.message}`] : [];
      frame = [header, '', ...inventoryLines(inventory, session.screen), ...footer].map((line) =>
        // A line with styles comes from the table, which already fits.
        line.includes('\u001b') ? line : truncate(line, columns),
      );
      const more = `… ${frame.length - rows + 1} more lines`;
      const lines = frame.length > rows ? [...frame.slice(0, rows - 1), more] : frame;
      session.out(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
    },
    end: () => session.out([MAIN_SCREEN, ...frame.slice(2).map((line) => `${line}\n`)].join('')),
  };
}

function appendingView({ session, json = false }: WatchOptions): WatchView {
  return {
    show(inventory, at, error) {
      const table = () => `${at}\n${inventoryLines(inventory, session.screen).join('\n')}\n`;
      if (error === undefined) session.out(`${json ? inventoryJson(inventory, at) : table()}\n`);
      else if (!json) session.out(`${error.message}; retrying\n\n`);
    },
  };
}
