import { homedir } from 'node:os';
import { redactor } from '../zec/redact';
import { resolveSettings } from '../zec/settings';
import type { ZecSettings } from '../zec/settings';
import { EXIT, InterruptedError } from './errors';
import { screenOf } from './screen';
import type { Screen } from './screen';
import type { Environment } from './values';

/** What a command finds around it in this process. */
export class Session {
  public readonly env: Environment = process.env;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
  public readonly signal = interruption();
  public noColor = false;
  private redact = (text: string): string => text;
  private known: ZecSettings | undefined;

  public get homeDir(): string {
    return homedir();
  }

  /** What stdout is now: a terminal changes its size. */
  public get screen(): Screen {
    return screenOf(process.stdout, this.env, this.noColor);
  }

  public readonly out = (text: string): void => {
    process.stdout.write(this.redact(text));
  };

  public readonly err = (text: string): void => {
    process.stderr.write(this.redact(text));
  };

  /**
   * The settings, with a warning on stderr where one is due. From then on whatever is written is free of their secrets.
   * @throws SettingsError
   */
  public settings(): ZecSettings {
    this.known ??= resolveSettings({
      env: this.env,
      // Asked for only where the environment holds no credentials.
      get homeDir() {
        return homedir();
      },
      warn: (text) => this.err(`warning: ${text}\n`),
    });
    this.protect(this.known);
    return this.known;
  }

  /** Keeps the secrets of these settings out of whatever is written from now on. */
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
