import { NicAttachmentHandler } from '../../lib/handler';
import type { CallerOptions, CreateResult, DeleteResult, Target } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import type { FaultRuleInput, AttachmentState } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { InFlightMemory } from '../../lib/zec/in-flight';
import type { InFlightStore } from '../../lib/zec/in-flight';
import type { ZecApi } from '../../lib/zec/types';
import { T0 } from '../simulator/worlds';
import { FakeClock } from '../support/fake-clock';
import { ApiRecorder } from './api-recorder';
import type { Attempt, Ended } from './api-recorder';
import { CHECKS } from './checks';
import type { RunRecord } from './checks';
import { Counts } from './counts';
import { ForeignActor } from './hostile';
import { numbers } from './numbers';
import { Process } from './process';
import type { Subject } from './process';
import { longestLag, NICS } from './scenario';
import type { Operation, Scenario, TakeOver } from './scenario';
import { runSet } from './set-run';
import type { SetEnvironment } from './set-run';
import { Truth } from './truth';

export type MakeSubject = (
  api: ZecApi,
  clock: Clock,
  random: () => number,
  inFlight: InFlightStore,
) => Subject;

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
const LOOK_TIMEOUT_MS = 30_000;
const LONGEST_REQUEST_MS = 33_000;
const QUIET_MS = 60_000;

export const realHandler: MakeSubject = (api, clock, random, inFlight) =>
  new NicAttachmentHandler(api, { clock, random, readTimeoutMs: LOOK_TIMEOUT_MS, inFlight });

/** Runs a scenario against an implementation and checks the promises. */
export function runScenario(scenario: Scenario, makeSubject: MakeSubject = realHandler): Promise<RunResult> {
  return new ScenarioRun(scenario, makeSubject).result();
}

class ScenarioRun {
  private readonly clock = new FakeClock(T0);
  private readonly cloud: Cloud;
  private readonly recorder: ApiRecorder;
  private readonly hostile: ForeignActor;
  /** Shared by all processes, like the in-flight files of one machine. */
  private readonly inFlight = new InFlightMemory(this.clock);
  private readonly random: () => number;
  private readonly processes = new Map<number, Process>();
  private started = 0;
  private readonly counts = new Counts();
  private jumpedMs = 0;

  public constructor(
    private readonly scenario: Scenario,
    private readonly makeSubject: MakeSubject,
  ) {
    this.cloud = new Cloud({ world: scenario.world, now: () => T0 + Math.floor(this.clock.now()) });
    this.random = numbers(scenario.seed);
    this.hostile = new ForeignActor(this.cloud, this.clock, scenario.hostile);
    this.recorder = new ApiRecorder(
      this.cloud,
      this.clock,
      // Mostly fast; sometimes so slow that later requests overtake it.
      () => (this.random() < 0.9 ? 2 + this.random() * 100 : this.random() * 2_500),
      (count) => this.hostile.afterRequest(count),
    );
  }

  public async result(): Promise<RunResult> {
    const start = new Map<string, AttachmentState>(this.cloud.world().nics.map((nic) => [nic.nicId, nic]));
    const afterFaults = await this.clock.run(this.everything());
    const truth = new Truth(start, this.cloud);
    const record: RunRecord = {
      attempts: this.recorder.attempts,
      changes: this.recorder.changes,
      truth,
      longestLagMs: longestLag(this.scenario),
      longestRequestMs: LONGEST_REQUEST_MS,
      afterFaults,
    };
    const violations = Object.entries(CHECKS).flatMap(([check, find]) =>
      find(record).map((what) => ({ check, what })),
    );
    this.counts.addRun(record);
    this.counts.addRequests(this.cloud.requests());
    this.counts.addScenario(this.scenario);
    for (const kind of this.hostile.done) this.counts.add(`hostile ${kind}`);
    if (this.jumpedMs !== 0) this.counts.add('runs with clock jumps');
    return { violations, counts: this.counts.all };
  }

  private async everything(): Promise<readonly string[]> {
    const { operations, sets, faults, crashes, jumps } = this.scenario;
    for (const { at, forMs } of faults)
      for (const time of [at, at + forMs]) this.at(time, () => this.setFaults());
    for (const { at, byMs } of jumps) this.at(at, () => (this.jumpedMs += byMs));
    for (const { at, process, ...next } of crashes) {
      this.at(at, () => this.crash(process, next));
    }
    await Promise.all([
      ...operations.map((operation) => this.operate(operation)),
      ...sets.map((set) => runSet(set, this.stage)),
    ]);
    this.hostile.rest();
    this.cloud.faults.set([]);
    await this.clock.sleep(QUIET_MS);
    this.hostile.repair();
    await this.clock.sleep(QUIET_MS);
    return [...(await this.convergeWithoutFaults('attach')), ...(await this.convergeWithoutFaults('detach'))];
  }

  private at(time: number, act: () => void): void {
    void this.clock.sleep(time).then(() => {
      if (!this.hostile.atRest) act();
    });
  }

  private setFaults(): void {
    const now = this.clock.now();
    const active = this.scenario.faults.filter(({ at, forMs }) => at <= now && now < at + forMs);
    this.cloud.faults.set(active.map(({ rule }): FaultRuleInput => rule));
  }

  /** Runs one operation. After each crash of its process, a new process repeats or undoes it. */
  private async operate(wanted: Operation): Promise<void> {
    await this.clock.sleep(wanted.at);
    for (let operation = wanted; ;) {
      const process = this.process(operation.process);
      await this.attempt(operation, process);
      const { next } = process;
      if (next === undefined) return;
      await this.clock.sleep(next.retryAfterMs);
      if (next.undo) operation = { ...operation, goal: operation.goal === 'attach' ? 'detach' : 'attach' };
    }
  }

  private readonly stage: SetEnvironment = {
    sleep: (ms) => this.clock.sleep(ms),
    start: (number) => this.start(number),
    crash: (number, next) => this.crash(number, next),
    attempt: (operation, process) => this.attempt(operation, process),
    count: (what) => this.counts.add(what),
  };

  private crash(number: number, next: TakeOver): void {
    const crashed = this.processes.get(number);
    this.processes.delete(number);
    if (crashed === undefined || this.hostile.atRest) return;
    this.counts.add('fault crash');
    crashed.crash(next);
  }

  private process(number: number): Process {
    return this.processes.get(number) ?? this.start(number);
  }

  private start(number: number): Process {
    const id = (this.started += 1);
    const clock = this.recorder.clockFor(() => this.clock.wall() + this.jumpedMs);
    const process = new Process(
      id,
      this.makeSubject(this.recorder.api(id), clock, this.random, this.inFlight),
    );
    this.processes.set(number, process);
    return process;
  }

  private async attempt(operation: Operation, process: Process): Promise<Attempt> {
    const { goal, timeoutMs, until } = operation;
    const target: Target = {
      nicId: parseNicId(operation.nicId),
      instanceId: parseInstanceId(operation.instanceId),
    };
    const now = this.clock.now();
    const { signal } = process.newController();
    const attempt: Attempt = { operation, process: process.id, signal, startedAt: now, readRequestedAt: now };
    this.recorder.attempts.push(attempt);
    const options: CallerOptions = {
      timeoutMs,
      until,
      signal,
      onProgress: ({ message }) => {
        // Other progress is reported after a read, so the next read starts later.
        if (!message.startsWith('sending')) attempt.readRequestedAt = this.clock.now();
      },
    };
    const result =
      goal === 'attach'
        ? await process.subject.create(target, options)
        : await process.subject.delete(target, options);
    attempt.ended = this.ended(result, attempt);
    return attempt;
  }

  private ended(result: CreateResult | DeleteResult, attempt: Attempt): Ended {
    const at = this.clock.now();
    const readRequestedAt = this.recorder.latestReadRequestedAt(attempt);
    if (result.ok) return { at, readRequestedAt, ok: true, message: 'ok' };
    const { details, message } = result.error;
    return { at, readRequestedAt, ok: false, leftBehind: details.leftBehind, message };
  }

  private async convergeWithoutFaults(goal: Operation['goal']): Promise<string[]> {
    const process = this.process(-1);
    const breaches = await Promise.all(
      NICS.map(async (nicId) => {
        const instanceId = this.hostile.repairedTarget(nicId);
        const operation = { at: 0, process: -1, goal, nicId, instanceId, timeoutMs: 300_000 };
        const { ended } = await this.attempt(operation, process);
        const nic = this.cloud.world().nics.find((each) => each.nicId === nicId);
        const so = nic?.instanceId === (goal === 'attach' ? instanceId : undefined);
        if (ended?.ok && so) return [];
        return [
          `${goal} ${nicId}:${instanceId} left ${nic?.status ?? 'nothing'} (${ended?.message ?? 'no end'})`,
        ];
      }),
    );
    await this.clock.sleep(QUIET_MS);
    return breaches.flat();
  }
}
