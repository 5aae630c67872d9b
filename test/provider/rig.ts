import { setMaxListeners } from 'node:events';
import type { Target } from '../../lib/handler';
import { isUnknown, UNKNOWN } from '../../lib/plugin';
import { ProviderClient } from '../../lib/provider/client';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { NicAttachmentState, PrivateState } from '../../lib/provider/nic-attachment-state';
import type { ProviderSettings } from '../../lib/provider/settings';
import { Cloud } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { InFlightMemory } from '../../lib/zec/in-flight';
import type { ZecSettings } from '../../lib/zec/settings';
import type { ZecApi } from '../../lib/zec/types';
import { world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { contextWith } from './fake-context';

export const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The monotonic time at which a rig starts, in milliseconds. */
const STARTED_AT_MS = 3_600_000;

/** The IDs of an attachment. `nicId` is `undefined` if known only after apply. */
export type Pair = readonly [nicId: string | undefined, instanceId: string];

interface CallOptions {
  readonly privateState?: PrivateState;
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: string;
}

/** A simulated account on a fake clock, with provider processes. */
export class ProviderRig {
  /** Not zero, because the monotonic time of a process is that of its machine. */
  public readonly clock = new FakeClock(undefined, STARTED_AT_MS);
  public readonly cloud: Cloud;

  public constructor(
    more: Partial<WorldInput> = {},
    private readonly wrap: (api: ZecApi, clock: Clock) => ZecApi = (api) => api,
  ) {
    this.cloud = new Cloud({ world: world(more), now: () => this.clock.wall() });
  }

  /** Starts a provider process. Terraform starts one for a plan and another for an apply. */
  public process(settings: Partial<ProviderSettings> = {}): ProviderProcess {
    const resolve = () => ({}) as ZecSettings;
    const client = new ProviderClient({ preflight: true, resolve, ...settings }, this.clock, () => ({
      api: this.wrap(cloudApi(this.cloud, this.clock), this.clock),
      inFlight: new InFlightMemory(this.clock),
    }));
    return new ProviderProcess(client);
  }

  public run<T>(work: Promise<T>): Promise<T> {
    return this.clock.run(work);
  }

  /** The duration of `work` on the fake clock, in milliseconds. */
  public async timed(work: Promise<unknown>): Promise<number> {
    const startedAt = this.clock.now();
    await this.run(work);
    return this.clock.now() - startedAt;
  }

  public after<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return this.clock.sleep(ms).then(work);
  }

  /** A signal that aborts after `ms`, like Ctrl-C. */
  public stopAfter(ms: number): AbortSignal {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    void this.clock.sleep(ms).then(() => {
      stop.abort(new Error('stop'));
    });
    return stop.signal;
  }

  /** The actual state of a vNIC, such as `USED ins-1`. */
  public nic(nicId: string): string {
    const nic = this.cloud.world().nics.find((each) => each.nicId === nicId);
    return nic === undefined ? 'gone' : [nic.status, nic.instanceId].filter(Boolean).join(' ');
  }

  /** The mutating requests that reached the API, such as `Attach nic-1 ins-1`, with the code of a failed one. */
  public get changes(): string[] {
    return this.cloud.requests().flatMap(({ action, parameters, code }) => {
      if (action === null || action.startsWith('Describe')) return [];
      const { nicId, instanceId, instanceIds } = parameters as Record<string, string | string[] | undefined>;
      const what = action.replace(/NetworkInterface|Instances/, '');
      return [[what, nicId, instanceId, instanceIds, code].flat().filter(Boolean).join(' ')];
    });
  }

  public get describes(): number {
    return this.cloud.requests().length - this.changes.length;
  }
}

/** A provider process, called like Terraform calls it. */
export class ProviderProcess {
  public constructor(public readonly client: ProviderClient) {}

  /** Plans a create, a delete or a replacement. Like in Terraform, a replacement is planned twice. */
  public async plan(prior: Pair | null, wanted: Pair | null, options: CallOptions = {}) {
    const first = this.context(options);
    const fake = this.context(options);
    if (prior !== null) {
      const action = wanted === null ? ('destroy' as const) : ('replace' as const);
      const planned = wanted === null ? null : plannedOf(wanted);
      await nicAttachment.plan?.(
        { config: planned ?? {}, prior: stateOfPair(prior), planned, action },
        first.context,
      );
      const { privateState } = first.context;
      if (wanted === null) {
        const { diagnostics } = first;
        return { warnings: summaries(first), diagnostics, error: undefined, privateState };
      }
      fake.context.privateState = privateState;
    }
    const planned = plannedOf(wanted ?? ['nic-1', 'ins-1']);
    const result = await nicAttachment.plan?.(
      { config: planned, prior: null, planned, action: 'create' },
      fake.context,
    );
    const shown = prior === null ? fake : first;
    const { preflight_error } = result as { preflight_error: unknown };
    return {
      warnings: summaries(shown),
      diagnostics: shown.diagnostics,
      error: isUnknown(preflight_error) ? undefined : preflight_error,
      privateState: fake.context.privateState,
    };
  }

  /** Applies a create, which Terraform plans again first. @throws the error of the create */
  public async create(pair: Pair, { timeout = '10m', ...options }: CallOptions = {}): Promise<string[]> {
    await this.plan(null, pair, options);
    const fake = this.context(options);
    const config = { ...stateOfPair(pair), timeouts: { create: timeout, delete: null } };
    const result = await nicAttachment.create({ planned: config, config }, fake.context);
    if (result.error !== undefined) throw result.error as Error;
    return summaries(fake);
  }

  /** Applies a delete. @throws its error */
  public async delete(pair: Pair, { timeout = '10m', ...options }: CallOptions = {}): Promise<void> {
    const state = { ...stateOfPair(pair), timeouts: { create: null, delete: timeout } };
    await nicAttachment.delete(state, this.context(options).context);
  }

  /** Refreshes an attachment. @returns whether it still exists */
  public async read(pair: Pair, options: CallOptions = {}): Promise<boolean> {
    return (await nicAttachment.read(stateOfPair(pair), this.context(options).context)) !== null;
  }

  private context({ privateState = {}, signal }: CallOptions) {
    const fake = contextWith({}, signal);
    return Object.assign(fake, {
      context: { ...fake.context, client: this.client, privateState: writePrivate(privateState) },
    });
  }
}

export function targetOfPair([nicId = '', instanceId]: Pair): Target {
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

function stateOfPair(pair: Pair): NicAttachmentState {
  return stateOf(targetOfPair(pair));
}

function plannedOf([nicId, instanceId]: Pair) {
  return { ...stateOfPair(['nic-0', instanceId]), id: UNKNOWN, nic_id: nicId ?? UNKNOWN };
}

function summaries({ diagnostics }: ReturnType<typeof contextWith>): string[] {
  return diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`);
}
