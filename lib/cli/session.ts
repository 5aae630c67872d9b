import { homedir } from 'node:os';
import { redactor } from '../zec/redact';
import { resolveSettings } from '../zec/settings';
import type { ZecSettings } from '../zec/settings';
import type { Command, Screen, Session } from './command';
import { InterruptedError } from './exit';
import { EXIT } from './exit-codes';
import { screenOf } from './screen';

/** What a command finds around it in this process. */
export class ProcessSession implements Session {
  public readonly env = process.env;
  public readonly signal = interruption();
  private redact = (text: string): string => text;
  private known: ZecSettings | undefined;

  public constructor(
    public readonly commands: () => Promise<readonly Command[]>,
    private readonly choices: { readonly noColor: boolean },
  ) {}

  public get homeDir(): string {
    return homedir();
  }

  public get screen(): Screen {
    return screenOf(process.stdout, this.env, this.choices.noColor);
  }

  public readonly out = (text: string): void => {
    process.stdout.write(this.redact(text));
  };

  public readonly err = (text: string): void => {
    process.stderr.write(this.redact(text));
  };

  public settings(): ZecSettings {
    const home = () => this.homeDir;
    this.known ??= resolveSettings({
      env: this.env,
      get homeDir() {
        return home();
      },
      warn: (text) => this.err(`warning: ${text}\n`),
    });
    this.protect(this.known);
    return this.known;
  }

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
