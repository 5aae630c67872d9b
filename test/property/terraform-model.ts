import { OperationError } from '../../lib/handler';
import { isUnknown, UNKNOWN } from '../../lib/plugin';
import { ProviderClient } from '../../lib/provider/client';
import type { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { NicAttachmentState } from '../../lib/provider/nic-attachment-state';
import { ZecNetworkError } from '../../lib/zec/errors';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { ZecSettings } from '../../lib/zec/settings';
import type { ZecApi } from '../../lib/zec/types';
import { contextWith } from '../provider/fake-context';
import type { Attempt } from './api-recorder';
import type { RunEnvironment } from './environment';
import type { Operation } from './scenario';

/** How long a stop of an instance may take, in milliseconds. */
const STOP_MS = 120_000;

/** A `zec_nic_attachment` of a configuration. */
export interface Declared {
  readonly nicId: string;
  readonly instanceId: string;
  readonly timeoutMs: number;
  readonly skipDestroy: boolean;
  readonly whenStopped: string | null;
}

/** The declared attachments, by address. */
export type Configuration = ReadonlyMap<string, Declared>;

interface Recorded {
  readonly state: NicAttachmentState;
  readonly privateState: Uint8Array;
  readonly tainted: boolean;
}

/** One change of a plan. */
interface Change {
  readonly address: string;
  readonly action: 'none' | 'create' | 'update' | 'replace' | 'destroy';
  readonly prior: Recorded | undefined;
  readonly declared: Declared | undefined;
  readonly privateState: Uint8Array;
  /** The plan fails, because a postcondition does. */
  readonly refused: boolean;
}

export type Outcome = 'applied' | 'failed' | 'refused' | 'killed';

/** One `terraform apply`. When it is killed, its processes end. */
export class Command {
  private killed = false;
  private readonly controllers: AbortController[] = [];

  public isKilled(): boolean {
    return this.killed;
  }

  public signal(): AbortSignal {
    const controller = new AbortController();
    this.controllers.push(controller);
    if (this.killed) controller.abort(new Error('killed'));
    return controller.signal;
  }

  public kill(): void {
    this.killed = true;
    for (const controller of this.controllers) controller.abort(new Error('killed'));
  }
}

/** A delete or create of one resource, as the checks see it. */
export interface ResourceOperation {
  readonly attempt: Attempt;
  readonly command: Command;
  /** A delete that a create of the same resource follows. */
  readonly to: string | undefined;
  /** The status of that instance when the delete started. */
  readonly toStatus: string | undefined;
  /** A destroy with `skip_destroy`. */
  readonly forgets: boolean;
  /** A destroy that left the vNIC attached because the instance was STOPPED. */
  left: boolean;
}

/**
 * Terraform as the provider sees it: it refreshes and plans every resource, then applies all changes concurrently, and
 * writes its state after each. A replacement is planned twice, and its create again when it is applied.
 */
export class TerraformModel {
  public readonly state = new Map<string, Recorded>();
  public readonly operations: ResourceOperation[] = [];
  /** The warnings of deletes. */
  public readonly warnings: { readonly process: number; readonly text: string }[] = [];
  private started = 0;

  public constructor(
    private readonly environment: RunEnvironment,
    private readonly resource: typeof nicAttachment,
  ) {}

  /** Gives deletes enough time. Their timeouts are those in the state. */
  public setTimeouts(timeout: string): void {
    for (const [address, { state, ...more }] of this.state)
      this.record(address, { ...more, state: { ...state, timeouts: { create: timeout, delete: timeout } } });
  }

  /** Like `terraform state rm`, which a warning of the provider asks for. @returns how many were removed */
  public removeDuplicates(): number {
    const { size } = this.state;
    const ids = new Map([...this.state].map(([address, { state }]) => [state.id, address]));
    for (const [address, { state }] of this.state)
      if (ids.get(state.id) !== address) this.state.delete(address);
    return size - this.state.size;
  }

  public async deploy(configuration: Configuration, command: Command, pauseMs: number): Promise<Outcome> {
    const addresses = [...new Set([...this.state.keys(), ...configuration.keys()])];
    const planning = this.startProvider(command);
    const plans = await Promise.all(
      addresses.map((address) => this.plan(address, configuration.get(address), planning.client, command)),
    );
    if (command.isKilled()) return 'killed';
    const changes = plans.filter((plan) => plan !== undefined && !plan.refused) as readonly Change[];
    if (changes.length < addresses.length) return 'refused';
    await this.environment.clock.sleep(pauseMs);
    if (command.isKilled()) return 'killed';
    for (const { address, prior } of changes) this.record(address, prior);
    const applying = this.startProvider(command);
    const done = await Promise.all(changes.map((change) => this.apply(change, applying, command)));
    if (command.isKilled()) return 'killed';
    return done.every(Boolean) ? 'applied' : 'failed';
  }

  private startProvider(command: Command) {
    const id = (this.started += 1);
    const { recorder, inFlight } = this.environment;
    const resolve = () => ({}) as ZecSettings;
    const client = new ProviderClient({ preflight: true, resolve }, this.environment.processClock(), () => ({
      api: withoutStopAfterKill(recorder.api(id), command),
      inFlight,
    }));
    return { id, client };
  }

  /** Refreshes and plans one resource. @returns `undefined` if that fails */
  private async plan(
    address: string,
    declared: Declared | undefined,
    client: ProviderClient,
    command: Command,
  ): Promise<Change | undefined> {
    try {
      const prior = await this.refresh(this.state.get(address), client, command);
      const privateState = prior?.privateState ?? writePrivate({});
      const change = { address, prior, declared, privateState, refused: false };
      if (declared === undefined) {
        if (prior === undefined) return { ...change, action: 'none' };
        const context = contextOf(client, command.signal(), privateState);
        const request = { config: {}, prior: prior.state, planned: null, action: 'destroy' } as const;
        await this.resource.plan?.(request, context);
        return { ...change, action: 'destroy', privateState: context.privateState };
      }
      const planned = plannedOf(declared);
      const context = contextOf(client, command.signal(), writePrivate({}));
      if (prior !== undefined && !prior.tainted) {
        if (prior.state.id === stateOfDeclared(declared).id) {
          return { ...change, action: 'update' };
        }
        context.privateState = privateState;
        const request = { config: planned, prior: prior.state, planned, action: 'replace' } as const;
        await this.resource.plan?.(request, context);
      }
      const result = await this.resource.plan?.(
        { config: planned, prior: null, planned, action: 'create' },
        context,
      );
      const action = prior === undefined ? 'create' : 'replace';
      const refused = !isUnknown((result as { preflight_error?: unknown }).preflight_error);
      return { ...change, action, refused, privateState: context.privateState };
    } catch {
      return undefined;
    }
  }

  private async refresh(
    recorded: Recorded | undefined,
    client: ProviderClient,
    command: Command,
  ): Promise<Recorded | undefined> {
    if (recorded === undefined) return undefined;
    const context = contextOf(client, command.signal(), recorded.privateState);
    const state = (await this.resource.read(recorded.state, context)) as NicAttachmentState | null;
    return state === null ? undefined : { ...recorded, state, privateState: context.privateState };
  }

  /** @returns whether it succeeded */
  private async apply(change: Change, provider: Provider, command: Command): Promise<boolean> {
    const { address, action, prior, declared } = change;
    if (action === 'none') return true;
    if (action === 'update' && prior !== undefined && declared !== undefined) {
      const { skip_destroy, when_stopped, timeouts } = stateOfDeclared(declared);
      this.record(address, { ...prior, state: { ...prior.state, skip_destroy, when_stopped, timeouts } });
      return true;
    }
    if (prior !== undefined) {
      const deleted = await this.delete(change, prior, provider, command);
      if (command.isKilled()) return false;
      this.record(address, deleted === true ? undefined : { ...prior, privateState: deleted });
      if (deleted !== true) return false;
    }
    if (declared === undefined) return true;
    const created = await this.create(declared, provider, command);
    if (command.isKilled()) return false;
    this.record(address, created);
    return created?.tainted === false;
  }

  /** @returns `true`, or the private state after a failure */
  private async delete(
    { declared, privateState }: Change,
    { state }: Recorded,
    { id, client }: Provider,
    command: Command,
  ): Promise<true | Uint8Array> {
    const signal = command.signal();
    const timeoutMs = timeoutOf(state) + this.stopMs(state);
    const attempt = this.begin(id, 'detach', state.nic_id, state.instance_id, timeoutMs, signal);
    const to = declared?.instanceId;
    const forgets = to === undefined && state.skip_destroy === true;
    const instances = this.environment.cloud.world().instances;
    const toStatus = to && (instances.find(({ instanceId }) => instanceId === to)?.status ?? 'missing');
    const operation = { attempt, command, to, toStatus, forgets, left: false };
    this.operations.push(operation);
    const fake = contextWith({}, signal);
    const context = { ...fake.context, client, privateState };
    try {
      await this.resource.delete(state, context);
      const skipped = fake.lines.some((line) => line.includes('skipping detach'));
      if (skipped) this.environment.counts.add('deletes of a renamed attachment');
      operation.left = fake.diagnostics.some(({ summary }) => summary.includes('when_stopped is LEAVE'));
      if (operation.left) this.environment.counts.add('destroys that left a STOPPED instance');
      const remains = forgets || skipped || operation.left;
      this.end(attempt, remains ? { message: 'not detached' } : undefined);
      return true;
    } catch (error) {
      this.end(attempt, error);
      return context.privateState;
    } finally {
      for (const { summary } of fake.diagnostics) this.warnings.push({ process: id, text: summary });
    }
  }

  private async create(
    declared: Declared,
    { id, client }: Provider,
    command: Command,
  ): Promise<Recorded | undefined> {
    const { nicId, instanceId, timeoutMs } = declared;
    const signal = command.signal();
    const planned = plannedOf(declared);
    const context = contextOf(client, signal, writePrivate({}));
    const attempt = this.begin(id, 'attach', nicId, instanceId, timeoutMs, signal);
    this.operations.push({
      attempt,
      command,
      to: undefined,
      toStatus: undefined,
      forgets: false,
      left: false,
    });
    try {
      await this.resource.plan?.({ config: planned, prior: null, planned, action: 'create' }, context);
      context.privateState = writePrivate({});
      Object.assign(attempt, {
        startedAt: this.environment.clock.now(),
        readRequestedAt: this.environment.clock.now(),
      });
      const result = await this.resource.create({ planned, config: stateOfDeclared(declared) }, context);
      this.end(attempt, result.error);
      if (result.state === null) return undefined;
      const state = { ...stateOfDeclared(declared), ...result.state } as NicAttachmentState;
      return { state, privateState: context.privateState, tainted: result.error !== undefined };
    } catch (error) {
      this.end(attempt, error);
      return undefined;
    }
  }

  /** How much longer than its timeout a delete may take, in milliseconds: the instance may be stopped before and after. */
  private stopMs({ instance_id }: NicAttachmentState): number {
    const all = [...this.state.values()].map(({ state }) => state);
    const starts = all.some((each) => each.instance_id === instance_id && each.when_stopped === 'START');
    return starts ? 2 * STOP_MS : 0;
  }

  private begin(
    process: number,
    goal: Operation['goal'],
    nicId: string,
    instanceId: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Attempt {
    const now = this.environment.clock.now();
    const operation = { at: now, process, goal, nicId, instanceId, timeoutMs };
    const attempt: Attempt = { operation, process, signal, startedAt: now, readRequestedAt: now };
    this.environment.recorder.attempts.push(attempt);
    return attempt;
  }

  private end(attempt: Attempt, error: unknown): void {
    attempt.ended = {
      at: this.environment.clock.now(),
      readRequestedAt: this.environment.recorder.latestReadRequestedAt(attempt),
      ok: error === undefined,
      message: error === undefined ? 'ok' : (error as Error).message,
      leftBehind: error instanceof OperationError ? error.details.leftBehind : undefined,
    };
  }

  private record(address: string, recorded: Recorded | undefined): void {
    if (recorded === undefined) this.state.delete(address);
    else this.state.set(address, recorded);
  }
}

/** A killed provider stops no instance. */
function withoutStopAfterKill(api: ZecApi, command: Command): ZecApi {
  return {
    ...api,
    stopInstances: (...call) => {
      if (!command.isKilled()) return api.stopInstances(...call);
      const details = { action: 'StopInstances', kind: 'terminal', outcome: 'not-applied' } as const;
      return Promise.reject(new ZecNetworkError('killed', details));
    },
  };
}

type Provider = ReturnType<TerraformModel['startProvider']>;

function contextOf(client: ProviderClient, signal: AbortSignal, privateState: Uint8Array) {
  return { ...contextWith({}, signal).context, client, privateState };
}

function stateOfDeclared({
  nicId,
  instanceId,
  timeoutMs,
  skipDestroy,
  whenStopped,
}: Declared): NicAttachmentState {
  const timeout = `${timeoutMs / 1_000}s`;
  return stateOf({ nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) }, undefined, {
    wait: null,
    skip_destroy: skipDestroy,
    when_stopped: whenStopped,
    attached_at: null,
    timeouts: { create: timeout, delete: timeout },
  });
}

function plannedOf(declared: Declared) {
  return { ...stateOfDeclared(declared), id: UNKNOWN, attached_at: UNKNOWN, preflight_error: UNKNOWN };
}

function timeoutOf({ timeouts }: NicAttachmentState): number {
  return Number.parseFloat(timeouts?.delete ?? '600') * 1_000;
}
