import fc from 'fast-check';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import type { RunRecord } from './checks';
import { RunEnvironment } from './environment';
import type { RunResult, Violation } from './environment';
import type { Model } from './explore';
import { conditions, moment, NICS, targets } from './scenario';
import type { Conditions } from './scenario';
import { Command, TerraformModel } from './terraform-model';
import type { Configuration, Declared, Outcome, ResourceOperation } from './terraform-model';

const ADDRESSES = ['a', 'b', 'c'];
/** The longest reboot by somebody else, in milliseconds. */
const REBOOT_MS = 20_000;
/** Statuses that do not change without an action of a user, so that an attach is certain to fail. */
const UNUSABLE = ['missing', 'STOPPED', 'RECYCLE', 'RELEASING'];

/** The promises about deployments, besides those about operations. */
export const DEPLOYMENT_CHECKS = {
  refusedMoves: 'a move that the check refuses sends nothing',
  impossibleMoves: 'a vNIC is not detached for a move to an instance that stays unusable',
  forgotten: 'a destroy with skip_destroy sends nothing',
  recordedTwice: 'an attachment is in the state once, unless a rename was killed',
  stoppedByUs: 'an instance is stopped only by the apply that started it',
  restored: 'an instance that an apply started is stopped again, unless it was killed or warned',
  unrecorded: 'what a deployment attached is in the state after it',
};

/** `when_stopped` of the attachments of one deployment, by the number that also chooses `skip_destroy`. */
const MODES: Readonly<Record<number, readonly string[]>> = {
  4: ['START', 'START', 'START'],
  5: ['START', 'START', 'START'],
  6: ['LEAVE', 'LEAVE', 'LEAVE'],
  7: ['START', 'LEAVE', 'FAIL'],
};

interface Deployment {
  /** The time since the previous deployment, in milliseconds. */
  readonly afterMs: number;
  readonly declared: readonly (Declared & { readonly address: string })[];
  /** The time between plan and apply. */
  readonly pauseMs: number;
  /** When Terraform and the provider are killed, in milliseconds from the start. */
  readonly killAfterMs: number | undefined;
}

interface DeploymentScenario extends Conditions {
  readonly deployments: readonly Deployment[];
}

/** What Terraform's state contains after a deployment. */
interface Snapshot {
  readonly at: number;
  readonly outcome: Outcome;
  /** The IDs of the attachments. */
  readonly recorded: readonly (string | null)[];
}

const declared: fc.Arbitrary<Deployment['declared']> = fc
  .tuple(targets(0), fc.shuffledSubarray(ADDRESSES, { minLength: 3 }), fc.nat(7))
  .map(([chosen, addresses, skips]) =>
    chosen.map((target, index) => ({
      ...target,
      address: addresses[index] ?? '',
      timeoutMs: Math.ceil(target.timeoutMs / 1_000) * 1_000,
      skipDestroy: skips === index + 1,
      whenStopped: MODES[skips]?.[index] ?? null,
    })),
  );

const scenarios: fc.Arbitrary<DeploymentScenario> = fc.record({
  ...conditions,
  deployments: fc.array(
    fc.record({
      afterMs: moment,
      declared,
      pauseMs: fc.constantFrom(0, 0, 500, 5_000, 60_000),
      killAfterMs: fc.option(
        fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 })),
        {
          nil: undefined,
          freq: 3,
        },
      ),
    }),
    { minLength: 2, maxLength: 5 },
  ),
});

/** The model of the resource with Terraform: consecutive deployments of one stack. */
export function providerModel(resource = nicAttachment): Model<DeploymentScenario> {
  return {
    scenarios,
    runScenario: (scenario) => new DeploymentRun(scenario, resource).result(),
    test: 'deployments.test.ts',
  };
}

class DeploymentRun {
  private readonly environment: RunEnvironment;
  private readonly terraform: TerraformModel;
  private readonly snapshots: Snapshot[] = [];
  private readonly leftRunning: Violation[] = [];

  public constructor(
    private readonly scenario: DeploymentScenario,
    resource: typeof nicAttachment,
  ) {
    this.environment = new RunEnvironment(scenario);
    this.terraform = new TerraformModel(this.environment, resource);
  }

  public async result(): Promise<RunResult> {
    // The jitter of the handler, so that a run is determined by its seed.
    const { random } = Math;
    Math.random = this.environment.random;
    const afterFaults = await this.environment.clock.run(this.everything()).finally(() => {
      Math.random = random;
    });
    return this.environment.result(afterFaults, (record) => [
      ...this.refusedMoves(record),
      ...this.impossibleMoves(record),
      ...this.forgotten(record),
      ...this.unrecorded(record),
      ...this.recordedTwice(),
      ...this.stoppedByUs(),
      ...this.leftRunning,
    ]);
  }

  private async everything(): Promise<readonly string[]> {
    for (const deployment of this.scenario.deployments) await this.deploy(deployment);
    await this.environment.endFaults();
    const twice = this.terraform.removeDuplicates();
    this.environment.counts.add('attachments in the state twice', twice);
    const wanted = NICS.map((nicId, index): [string, Declared] => {
      const instanceId = this.environment.hostile.repairedTarget(nicId);
      return [
        ADDRESSES[index] ?? '',
        { nicId, instanceId, timeoutMs: 300_000, skipDestroy: false, whenStopped: null },
      ];
    });
    return [
      ...(await this.convergeWithoutFaults(new Map(wanted))),
      ...(await this.convergeWithoutFaults(new Map())),
    ];
  }

  private async deploy({ afterMs, declared: all, pauseMs, killAfterMs }: Deployment) {
    const { clock, counts } = this.environment;
    await clock.sleep(afterMs);
    if (afterMs % 2 === 0) this.stopInstances();
    const command = new Command();
    let ended = false;
    if (killAfterMs !== undefined) {
      void clock.sleep(killAfterMs).then(() => {
        if (!ended) command.kill();
      });
    }
    const configuration = new Map(all.map(({ address, ...each }) => [address, each]));
    const before = this.environment.recorder.power.length;
    const outcome = await this.terraform.deploy(configuration, command, pauseMs);
    ended = true;
    if (outcome !== 'killed') this.leftRunning.push(...this.notRestored(before));
    counts.add(`deployments ${outcome}`);
    const recorded = [...this.terraform.state.values()].map(({ state: { id } }) => id);
    this.snapshots.push({ at: clock.now(), outcome, recorded });
  }

  /** Stops the instances of attachments with `when_stopped`, as another user would. */
  private stopInstances(): void {
    for (const { state } of this.terraform.state.values()) {
      const { when_stopped, instance_id: instanceId } = state;
      if (when_stopped === null) continue;
      this.environment.hostile.attempt({ kind: 'instance-status', instanceId, status: 'STOPPED' });
    }
  }

  /** @returns the differences from the declaration after a deployment without faults */
  private async convergeWithoutFaults(declared: Configuration): Promise<string[]> {
    this.terraform.setTimeouts('300s');
    const outcome = await this.terraform.deploy(declared, new Command(), 0);
    await this.environment.clock.sleep(60_000);
    const { nics } = this.environment.cloud.world();
    const instances = new Map([...declared.values()].map(({ nicId, instanceId }) => [nicId, instanceId]));
    const different = nics.filter(({ nicId, instanceId }) => instanceId !== instances.get(nicId));
    if (outcome === 'applied' && different.length === 0) return [];
    const errors = this.terraform.operations.map(({ attempt }) => attempt.ended?.message).slice(-6);
    return [
      `${outcome}; not as declared: ${different.map(({ nicId }) => nicId).join()} (${errors.join('; ')})`,
    ];
  }

  private changesOf({ attempt }: ResourceOperation, { changes }: RunRecord) {
    return changes.filter((change) => change.attempt === attempt && change.servedAt !== undefined);
  }

  private refusedMoves(record: RunRecord): Violation[] {
    const check = DEPLOYMENT_CHECKS.refusedMoves;
    const refused = this.terraform.operations.filter(({ attempt }) =>
      /was not detached from instance [\w-]+: /.test(attempt.ended?.message ?? ''),
    );
    this.environment.counts.add('moves refused before the detach', refused.length);
    return refused.flatMap((operation) =>
      this.changesOf(operation, record).map(({ action, nicId, sentAt }) => ({
        check,
        what: `${action} of ${nicId} at ${sentAt}`,
      })),
    );
  }

  private impossibleMoves(record: RunRecord): Violation[] {
    const check = DEPLOYMENT_CHECKS.impossibleMoves;
    const moves = this.terraform.operations.filter(({ to }) => to !== undefined);
    this.environment.counts.add('moves', moves.length);
    return moves.flatMap((move) => {
      const { attempt, to, toStatus } = move;
      if (!UNUSABLE.includes(toStatus ?? '')) return [];
      this.environment.counts.add('moves to an unusable instance');
      const since = attempt.startedAt - record.longestLagMs;
      return this.changesOf(move, record)
        .filter(
          ({ servedAt = 0 }) =>
            !this.environment.hostile.done.some(({ at }) => at >= since && at <= servedAt),
        )
        .map(({ nicId, sentAt }) => ({
          check,
          what: `${nicId} was detached at ${sentAt} for ${String(to)}, which is ${String(toStatus)}`,
        }));
    });
  }

  private forgotten(record: RunRecord): Violation[] {
    const check = DEPLOYMENT_CHECKS.forgotten;
    const destroys = this.terraform.operations.filter(({ forgets }) => forgets);
    this.environment.counts.add('destroys with skip_destroy', destroys.length);
    return destroys.flatMap((destroy) =>
      this.changesOf(destroy, record).map(({ nicId, sentAt }) => ({
        check,
        what: `${nicId} detached at ${sentAt}`,
      })),
    );
  }

  private stoppedByUs(): Violation[] {
    const { power } = this.environment.recorder;
    const carriedOut = power.filter((request) => request.carriedOut);
    return carriedOut.flatMap((request, index) => {
      this.environment.counts.add(`instances: ${request.action}`);
      if (request.action === 'StartInstances') return [];
      const { process, instanceId, servedAt } = request;
      const last = carriedOut.slice(0, index).findLast((each) => each.instanceId === instanceId);
      if (last?.action === 'StartInstances' && last.process === process) return [];
      return [{ check: DEPLOYMENT_CHECKS.stoppedByUs, what: `${instanceId} was stopped at ${servedAt}` }];
    });
  }

  /** @param from the first request of the deployment to start or stop an instance */
  private notRestored(from: number): Violation[] {
    const { recorder, cloud, hostile, counts } = this.environment;
    const started = recorder.power
      .slice(from)
      .filter(({ action, carriedOut }) => carriedOut && action === 'StartInstances');
    return started.flatMap(({ instanceId, process, servedAt }) => {
      const status = cloud.world().instances.find((each) => each.instanceId === instanceId)?.status;
      const isForeign = hostile.done.some(
        ({ act, at }) =>
          'instanceId' in act &&
          act.instanceId === instanceId &&
          at >= (act.kind === 'reboot' ? servedAt - REBOOT_MS : servedAt),
      );
      const isWarned = this.terraform.warnings.some(
        (warning) => warning.process === process && warning.text.includes(`Instance ${instanceId} may`),
      );
      if (isWarned) counts.add('instances: warned of');
      if (isForeign || isWarned || status === undefined || status === 'STOPPED') return [];
      const what = `${instanceId}, started at ${servedAt}, is ${status}`;
      return [{ check: DEPLOYMENT_CHECKS.restored, what }];
    });
  }

  private recordedTwice(): Violation[] {
    const check = DEPLOYMENT_CHECKS.recordedTwice;
    const killed = this.snapshots.findIndex(({ outcome }) => outcome === 'killed');
    return this.snapshots
      .slice(0, killed === -1 ? undefined : killed)
      .filter(({ recorded }) => new Set(recorded).size < recorded.length)
      .map(({ at, recorded }) => ({ check, what: `${recorded.join()} at ${at}` }));
  }

  /** Attachments of a killed command, and forgotten ones, need no record. */
  private unrecorded({ changes, truth }: RunRecord): Violation[] {
    const check = DEPLOYMENT_CHECKS.unrecorded;
    const { operations } = this.terraform;
    const exempt = new Set(
      operations.filter(({ command }) => command.isKilled()).map(({ attempt }) => attempt),
    );
    const forgotten = new Set(
      operations.filter(({ forgets, left }) => forgets || left).map(({ attempt }) => idOf(attempt.operation)),
    );
    const attachedBy = new Map(changes.map((change) => [change.requestId, change]));
    return this.snapshots
      .filter(({ outcome }) => outcome === 'applied' || outcome === 'failed')
      .flatMap(({ at, recorded }) =>
        NICS.flatMap((nicId) => {
          const last = truth.of(nicId).findLast((event) => event.at <= at);
          const change = last?.by.kind === 'request' ? attachedBy.get(last.by.requestId) : undefined;
          const instanceId = last?.to?.instanceId;
          if (change === undefined || instanceId === undefined || exempt.has(change.attempt)) return [];
          const id = idOf({ nicId, instanceId });
          if (change.action !== 'AttachNetworkInterface' || forgotten.has(id) || recorded.includes(id))
            return [];
          return [{ check, what: `${id} is attached at ${at}, and not in the state` }];
        }),
      );
  }
}

function idOf({ nicId, instanceId }: { readonly nicId: string; readonly instanceId: string }): string {
  return `${nicId}:${instanceId}`;
}
