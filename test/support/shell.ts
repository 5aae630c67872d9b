import { mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from './processes';
import type { Finished } from './processes';

/** A folder of programs for a shell. Each program records its calls. */
export class Shell {
  public readonly folder = mkdtempSync(join(tmpdir(), 'zec-shell-'));
  private readonly log = join(this.folder, 'calls');
  private readonly lock = join(this.folder, 'calls.lock');
  private readonly bin = join(this.folder, 'bin');

  /** Adds a program to the PATH. `script` runs after the call is recorded. */
  public program(name: string, script = ''): this {
    mkdirSync(this.bin, { recursive: true });
    // Programs of one pipe run concurrently, and bash writes a call in several parts.
    const note = [
      `until mkdir '${this.lock}' 2> /dev/null; do sleep 0.01; done`,
      `{ printf '%s\\0' ${name} "$@"; printf '\\n'; } >> '${this.log}'`,
      `rmdir '${this.lock}'`,
    ].join('\n');
    writeFileSync(join(this.bin, name), `#!/bin/bash\n${note}\n${script}\n`, { mode: 0o755 });
    return this;
  }

  public run(
    script: string,
    { cwd = this.folder, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Finished> {
    const PATH = [this.bin, process.env.PATH].join(delimiter);
    return run('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd, env: { ...env, PATH } });
  }

  /** All calls so far. Each begins with the name of the program. */
  public get calls(): readonly (readonly string[])[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, 'utf8').split('\0\n').slice(0, -1);
    return lines.map((line) => line.split('\0'));
  }

  public close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
