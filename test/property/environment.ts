import { Cloud } from '../../lib/simulator';
import type { FaultRuleInput, AttachmentState } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { InFlightMemory } from '../../lib/zec/in-flight';
import { T0 } from '../simulator/worlds';
import { FakeClock } from '../support/fake-clock';
import { ApiRecorder } from './api-recorder';
import { CHECKS } from './checks';
import type { RunRecord } from './checks';
import { Counts } from './counts';
import { ForeignActor } from './hostile';
import { numbers } from './numbers';
import { longestLag } from './scenario';
import type { Conditions } from './scenario';
import { Truth } from './truth';

export interface Violation {
  readonly check: string;
  readonly what: string;
}

/** The result of a run, with counts that are summed over runs. */
export interface RunResult {
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<string, number>>;
}

/** A read and a request: a request that hangs times out after 30 seconds. */
const LONGEST_REQUEST_MS = 33_000;
const QUIET_MS = 60_000;

/** The account of one run, with its faults and other users, on a fake clock. */
export class RunEnvironment {
  public readonly clock = new FakeClock(T0);
  public readonly cloud: Cloud;
  public readonly recorder: ApiRecorder;
  public readonly hostile: ForeignActor;
  public readonly random: () => number;
  /** Shared by all processes, like the in-flight files of one machine. */
  public readonly inFlight = new InFlightMemory(this.clock);
  public readonly counts = new Counts();
  private readonly start: ReadonlyMap<string, AttachmentState>;
  private jumpedMs = 0;

  public constructor(private readonly conditions: Conditions) {
    this.cloud = new Cloud({ world: conditions.world, now: () => T0 + Math.floor(this.clock.now()) });
    this.start = new Map(this.cloud.world().nics.map((nic) => [nic.nicId, nic]));
    this.random = numbers(conditions.seed);
    this.hostile = new ForeignActor(this.cloud, this.clock, conditions.hostile);
    this.recorder = new ApiRecorder(
      this.cloud,
      this.clock,
      // Mostly fast; sometimes so slow that later requests overtake it.
      () => (this.random() < 0.9 ? 2 + this.random() * 100 : this.random() * 2_500),
      (count) => this.hostile.afterRequest(count),
    );
    for (const { at, forMs } of conditions.faults)
      for (const time of [at, at + forMs]) this.at(time, () => this.setFaults());
    for (const { at, byMs } of conditions.jumps) this.at(at, () => (this.jumpedMs += byMs));
  }

  public get longestLagMs(): number {
    return longestLag(this.conditions);
  }

  /** The clock of one process. */
  public processClock(): Clock {
    return this.recorder.clockFor(() => this.clock.wall() + this.jumpedMs);
  }

  /** Runs an action at a time, unless the faults have ended. */
  public at(time: number, act: () => void): void {
    void this.clock.sleep(time).then(() => {
      if (!this.hostile.atRest) act();
    });
  }

  /** Ends all faults, and makes every vNIC and instance usable. */
  public async endFaults(): Promise<void> {
    this.hostile.rest();
    this.cloud.faults.set([]);
    await this.clock.sleep(QUIET_MS);
    this.hostile.repair();
    await this.clock.sleep(QUIET_MS);
  }

  /**
   * Checks the promises once everything has ended.
   * @param afterFaults failures after all faults had ended
   * @param more further checks
   */
  public result(
    afterFaults: readonly string[],
    more?: (record: RunRecord) => readonly Violation[],
  ): RunResult {
    const { changes, attempts } = this.recorder;
    const truth = new Truth(this.start, this.cloud);
    const record: RunRecord = {
      attempts,
      changes,
      truth,
      longestLagMs: this.longestLagMs,
      longestRequestMs: LONGEST_REQUEST_MS,
      afterFaults,
    };
    const violations = Object.entries(CHECKS).flatMap(([check, find]) =>
      find(record).map((what) => ({ check, what })),
    );
    this.counts.addRun(record);
    this.counts.addRequests(this.cloud.requests());
    this.counts.addWorld(this.conditions.world);
    for (const { act } of this.hostile.done) this.counts.add(`hostile ${act.kind}`);
    if (this.jumpedMs !== 0) this.counts.add('runs with clock jumps');
    return { violations: [...violations, ...(more?.(record) ?? [])], counts: this.counts.all };
  }

  private setFaults(): void {
    const now = this.clock.now();
    const active = this.conditions.faults.filter(({ at, forMs }) => at <= now && now < at + forMs);
    this.cloud.faults.set(active.map(({ rule }): FaultRuleInput => rule));
  }
}
