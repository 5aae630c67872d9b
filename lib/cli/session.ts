import { redactor } from '../zec/credentials';
import { resolveSettings, type Environment, type ZecSettings } from '../zec/settings';
import { EXIT, InterruptedError } from './errors';
import { screenOf, type Screen } from './screen';

/** The process as a command sees it: environment, signals and output streams. */
export class Session {
  public readonly env: Environment = process.env;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP. A second signal exits the process immediately. */
  public readonly signal = interruption();
  public noColor = false;
  private redact = (text: string): string => text;

  /** Current capabilities of stdout: a terminal may be resized. */
  public get screen(): Screen {
    return screenOf(process.stdout, this.env, this.noColor);
  }

  public readonly out = (text: string): void => {
    process.stdout.write(this.redact(text));
  };

  public readonly err = (text: string): void => {
    process.stderr.write(this.redact(text));
  };

  /** From now on, exits when the reader of stdout closes it. For commands that only print. */
  public exitWithReader(): void {
    process.stdout.on('error', () => process.exit(EXIT.done));
  }

  /**
   * Resolves the settings, prints their warnings on stderr, and redacts their secrets in all further output.
   * @throws SettingsError
   */
  public settings(): ZecSettings {
    const settings = resolveSettings({ env: this.env, warn: (text) => this.err(`warning: ${text}\n`) });
    this.protect(settings);
    return settings;
  }

  /** Redacts the secrets of these settings in all further output. */
  public protect(settings: ZecSettings): void {
    this.redact = redactor(settings);
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new InterruptedError(name));
    });
  }
  return controller.signal;
}
