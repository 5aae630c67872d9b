import { NicAttachmentHandler } from '../../lib/handler';
import type { CallerOptions, CreateResult, DeleteResult, Target } from '../../lib/handler';
import type { Clock } from '../../lib/zec/clock';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { InFlightStore } from '../../lib/zec/in-flight';
import type { ZecApi } from '../../lib/zec/types';
import type { Attempt, Ended } from './api-recorder';
import { RunEnvironment } from './environment';
import type { RunResult } from './environment';
import type { Model } from './explore';
import { Process } from './process';
import type { Subject } from './process';
import { NICS, scenarios } from './scenario';
import type { Operation, Scenario, TakeOver } from './scenario';
import { runSet } from './set-run';
import type { SetEnvironment } from './set-run';

export type MakeSubject = (
  api: ZecApi,
  clock: Clock,
  random: () => number,
  inFlight: InFlightStore,
) => Subject;

const LOOK_TIMEOUT_MS = 30_000;
/** How long after a change reads and late requests have certainly ended, in milliseconds. */
const QUIET_MS = 60_000;

export const realHandler: MakeSubject = (api, clock, random, inFlight) =>
  new NicAttachmentHandler(api, { clock, random, readTimeoutMs: LOOK_TIMEOUT_MS, inFlight });

/** Runs a scenario against an implementation and checks the promises. */
export function runScenario(scenario: Scenario, makeSubject: MakeSubject = realHandler): Promise<RunResult> {
  return new ScenarioRun(scenario, makeSubject).result();
}

/** The model of the handler, or of another implementation. */
export function handlerModel(makeSubject?: MakeSubject): Model<Scenario> {
  return { scenarios, runScenario: (scenario) => runScenario(scenario, makeSubject), test: 'model.test.ts' };
}

class ScenarioRun {
  private readonly environment: RunEnvironment;
  private readonly processes = new Map<number, Process>();
  private started = 0;

  public constructor(
    private readonly scenario: Scenario,
    private readonly makeSubject: MakeSubject,
  ) {
    this.environment = new RunEnvironment(scenario);
  }

  public async result(): Promise<RunResult> {
    return this.environment.result(await this.environment.clock.run(this.everything()));
  }

  private async everything(): Promise<readonly string[]> {
    const { operations, sets, crashes } = this.scenario;
    for (const { at, process, ...next } of crashes) {
      this.environment.at(at, () => this.crash(process, next));
    }
    await Promise.all([
      ...operations.map((operation) => this.operate(operation)),
      ...sets.map((set) => runSet(set, this.stage)),
    ]);
    await this.environment.endFaults();
    return [...(await this.convergeWithoutFaults('attach')), ...(await this.convergeWithoutFaults('detach'))];
  }

  /** Runs one operation. After each crash of its process, a new process repeats or undoes it. */
  private async operate(wanted: Operation): Promise<void> {
    await this.environment.clock.sleep(wanted.at);
    for (let operation = wanted; ;) {
      const process = this.process(operation.process);
      await this.attempt(operation, process);
      const { next } = process;
      if (next === undefined) return;
      await this.environment.clock.sleep(next.retryAfterMs);
      if (next.undo) operation = { ...operation, goal: operation.goal === 'attach' ? 'detach' : 'attach' };
    }
  }

  private readonly stage: SetEnvironment = {
    sleep: (ms) => this.environment.clock.sleep(ms),
    start: (number) => this.start(number),
    crash: (number, next) => this.crash(number, next),
    attempt: (operation, process) => this.attempt(operation, process),
    count: (what) => this.environment.counts.add(what),
  };

  private crash(number: number, next: TakeOver): void {
    const crashed = this.processes.get(number);
    this.processes.delete(number);
    if (crashed === undefined || this.environment.hostile.atRest) return;
    this.environment.counts.add('fault crash');
    crashed.crash(next);
  }

  private process(number: number): Process {
    return this.processes.get(number) ?? this.start(number);
  }

  private start(number: number): Process {
    const id = (this.started += 1);
    const { recorder, random, inFlight } = this.environment;
    const subject = this.makeSubject(recorder.api(id), this.environment.processClock(), random, inFlight);
    const process = new Process(id, subject);
    this.processes.set(number, process);
    return process;
  }

  private async attempt(operation: Operation, process: Process): Promise<Attempt> {
    const { goal, timeoutMs, until } = operation;
    const target: Target = {
      nicId: parseNicId(operation.nicId),
      instanceId: parseInstanceId(operation.instanceId),
    };
    const now = this.environment.clock.now();
    const { signal } = process.newController();
    const attempt: Attempt = { operation, process: process.id, signal, startedAt: now, readRequestedAt: now };
    this.environment.recorder.attempts.push(attempt);
    const options: CallerOptions = {
      timeoutMs,
      until,
      signal,
      onProgress: ({ message }) => {
        // Other progress is reported after a read, so the next read starts later.
        if (!message.startsWith('sending')) attempt.readRequestedAt = this.environment.clock.now();
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
    const at = this.environment.clock.now();
    const readRequestedAt = this.environment.recorder.latestReadRequestedAt(attempt);
    if (result.ok) return { at, readRequestedAt, ok: true, message: 'ok' };
    const { details, message } = result.error;
    return { at, readRequestedAt, ok: false, leftBehind: details.leftBehind, message };
  }

  private async convergeWithoutFaults(goal: Operation['goal']): Promise<string[]> {
    const process = this.process(-1);
    const breaches = await Promise.all(
      NICS.map(async (nicId) => {
        const instanceId = this.environment.hostile.repairedTarget(nicId);
        const operation = { at: 0, process: -1, goal, nicId, instanceId, timeoutMs: 300_000 };
        const { ended } = await this.attempt(operation, process);
        const nic = this.environment.cloud.world().nics.find((each) => each.nicId === nicId);
        const so = nic?.instanceId === (goal === 'attach' ? instanceId : undefined);
        if (ended?.ok && so) return [];
        return [
          `${goal} ${nicId}:${instanceId} left ${nic?.status ?? 'nothing'} (${ended?.message ?? 'no end'})`,
        ];
      }),
    );
    await this.environment.clock.sleep(QUIET_MS);
    return breaches.flat();
  }
}
