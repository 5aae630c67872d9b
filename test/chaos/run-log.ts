import type { Cloud } from '../../lib/simulator';
import { faultsThatActed } from './fault-injection';
import { violations } from './verdict';
import type { Attachments } from './verdict';
import { FOREIGN } from './world';

export const RUNNER_KINDS = ['zec-nic', 'provider', 'together', 'terraform_data', 'null_resource'] as const;
export type RunnerKind = (typeof RUNNER_KINDS)[number];

export interface RunReport {
  readonly seed: number;
  readonly runner: RunnerKind;
  /** The number of faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Signals that reached a process, such as `SIGKILL of terraform`. */
  readonly kills: readonly string[];
  /** The number of commands with faults and kills, and how many of them failed, which is permitted. */
  readonly commands: number;
  readonly failed: number;
  /** The number of commands without faults, after which the promises are checked. */
  readonly judged: number;
  /** How often something occurred that the run is about, such as a start of an instance. */
  readonly effects: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
  /** A log of the run, for the analysis of a violation. */
  readonly log: readonly string[];
}

/** Records the events and results of one run. */
export class RunLog {
  private readonly faults = new Map<string, number>();
  private readonly effects = new Map<string, number>();
  private readonly kills: string[] = [];
  private readonly found: string[] = [];
  private readonly lines: string[] = [];
  private commands = 0;
  private failed = 0;
  private judged = 0;

  public constructor(
    private readonly seed: number,
    private readonly runner: RunnerKind,
  ) {}

  public log(what: string): void {
    this.lines.push(what);
  }

  public count(effect: string, times = 1): void {
    if (times > 0) this.effects.set(effect, (this.effects.get(effect) ?? 0) + times);
  }

  /** Records a command that ran with faults. */
  public command(code: number | string, cloud: Cloud, kill: string | undefined): void {
    this.commands += 1;
    if (code !== 0) this.failed += 1;
    if (kill !== undefined) this.kills.push(kill);
    for (const [name, times] of faultsThatActed(cloud)) {
      this.faults.set(name, (this.faults.get(name) ?? 0) + times);
    }
    this.log(`ended with ${code}${kill === undefined ? '' : ` after ${kill}`}`);
  }

  /** Records a command that ran without faults. @returns whether all promises are kept */
  public judge(
    after: {
      readonly cloud: Cloud;
      readonly declared: Attachments;
      readonly exitCode: number | string;
      readonly recorded: Attachments | undefined;
      readonly kept?: Attachments | undefined;
    },
    what: string,
    output: string,
  ): boolean {
    const { cloud, declared, exitCode, recorded, kept } = after;
    const broken = violations({
      world: cloud.world(),
      events: cloud.events(),
      requests: cloud.requests(),
      foreign: FOREIGN,
      declared,
      exitCode,
      recorded,
      kept,
    });
    this.judged += 1;
    this.log(`${what}: ${exitCode}`);
    return this.violated(broken, cloud, output);
  }

  /** Records violations after a command. @returns whether there are none */
  public violated(broken: readonly string[], cloud: Cloud, output: string): boolean {
    if (broken.length > 0) {
      this.log(output.slice(-4000));
      this.log(`the settings: ${JSON.stringify(cloud.world().settings)}`);
      for (const each of cloud.requests().slice(-60)) this.log(JSON.stringify(each));
      for (const each of cloud.events().slice(-30)) this.log(JSON.stringify(each));
    }
    this.found.push(...broken);
    return broken.length === 0;
  }

  public report(): RunReport {
    const { seed, runner, kills, commands, failed, judged, found: violations, lines: log } = this;
    const [faults, effects] = [Object.fromEntries(this.faults), Object.fromEntries(this.effects)];
    return { seed, runner, faults, kills, commands, failed, judged, effects, violations, log };
  }
}
