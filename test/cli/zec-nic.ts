import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import { KEY, world } from '../simulator/worlds';
import { run, start } from '../support/processes';
import type { Finished, Started } from '../support/processes';

/** The bundle of `npm run build`, as embedded in a stack. */
export const BUNDLE = resolve(__dirname, '../../dist/assets/zec-nic/zec-nic.js');

export const IDS = ['--nic-id', 'nic-1', '--instance-id', 'ins-1'];

/** Runs `zec-nic` as a child process with an empty home directory, against a simulator. */
export class ZecNic {
  public readonly home = mkdtempSync(join(tmpdir(), 'zec-nic-'));

  private constructor(public readonly simulator: Simulator) {}

  public static async withWorld(more: Partial<WorldInput> = {}): Promise<ZecNic> {
    const settings = { attachMs: [50, 100], detachMs: [50, 100], ...more.settings };
    return new ZecNic(await startSimulator({ world: world({ ...more, settings } as WorldInput) }));
  }

  public get environment(): Record<string, string> {
    return {
      HOME: this.home,
      ZENLAYERCLOUD_DOMAIN: new URL(this.simulator.endpoint).host,
      ZENLAYERCLOUD_SCHEME: 'http',
      ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
      ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
    };
  }

  /** Runs `zec-nic` until it exits. A variable that is `undefined` in `env` is unset. */
  public run(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Finished> {
    return run(process.execPath, [BUNDLE, ...args], { env: this.with(env), cwd: this.home });
  }

  public start(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Started {
    return start(process.execPath, [BUNDLE, ...args], { env: this.with(env), cwd: this.home });
  }

  public nic(nicId = 'nic-1'): string {
    const nic = this.simulator.cloud.world().nics.find((each) => each.nicId === nicId);
    return nic === undefined ? 'gone' : [nic.status, nic.instanceId].filter(Boolean).join(' ');
  }

  public async close(): Promise<void> {
    await this.simulator.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  private with(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const all = Object.entries({ ...this.environment, ...env });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}
