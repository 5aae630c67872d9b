import { NicAttachmentHandler, OperationError, readResultOf } from '../handler';
import type { Observation, ReadResult, Target } from '../handler';
import { withoutFullStop } from '../handler/errors';
import type { Diagnostic, Diagnostics } from '../plugin';
import { connect } from '../zec/client';
import { systemClock, type Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';
import { InvalidIdError, type InstanceId, type NicId } from '../zec/ids';
import { SETTLE_MS, type InFlightStore } from '../zec/in-flight';
import {
  describeInstancesById,
  describeNics,
  listNetworkInterfaces,
  networkInterfacePages,
} from '../zec/paging';
import { MissingCredentialsError, SettingsError, type ZecSettings } from '../zec/settings';
import { MAX_PAGE_SIZE, type InstanceInfo, type NicFilter, type NicInfo, type ZecApi } from '../zec/types';
import { Attachments } from './attachments';
import { InventoryCache } from './inventory-cache';
import { PlanTracker } from './plan-tracker';
import type { ProviderSettings } from './settings';
import { StoppedInstances } from './stopped-instances';

/** Maximum time that a read waits for a transitional status to end, in milliseconds. */
const TRANSITION_MS = 10_000;
const TRANSITION_POLL_MS = 500;

/** Smaller than a page of vNICs, because each instance lists up to 8 vNICs and the response size is limited. */
const INSTANCES_PER_PAGE = 250;

/** The IDs of an attachment; `undefined` if known only after apply. */
export type Endpoints = { readonly [Endpoint in keyof Target]: Target[Endpoint] | undefined };

/** The API and the store of in-flight requests. */
export interface ApiConnection {
  readonly api: ZecApi;
  readonly inFlight: InFlightStore;
}

/** The client that all resources and data sources of one provider process share. */
export class ProviderClient {
  public readonly tracker: PlanTracker;
  private connected: ReturnType<typeof servicesOf> | undefined;

  public constructor(
    private readonly settings: ProviderSettings,
    public readonly clock: Clock = systemClock,
    private readonly connectTo: (settings: ZecSettings) => ApiConnection = connect,
  ) {
    this.tracker = new PlanTracker(clock, settings.workers);
  }

  /**
   * Whether plans can be checked against the API. Adds a warning once if there are no credentials.
   * @throws SettingsError if the settings are invalid
   */
  public canCheckPlans(diagnostics: Diagnostics): boolean {
    if (!this.settings.preflight) return false;
    try {
      this.connect();
      return true;
    } catch (error) {
      if (!(error instanceof MissingCredentialsError)) throw error;
      if (this.tracker.firstReport(error.message)) {
        diagnostics.warning(
          'The plan was not checked against the API: no credentials',
          `${error.message} Apply will fail without credentials. Set preflight = false to disable these checks and this warning.`,
        );
      }
      return false;
    }
  }

  /** @throws SettingsError */
  public get attachments(): Attachments {
    return this.connect().attachments;
  }

  /** Reads a vNIC as the attachments of this process left it. Concurrent reads share requests. */
  public async nic(id: NicId, signal: AbortSignal): Promise<NicInfo | undefined> {
    await this.waitForOwnChanges(signal);
    return this.connect().nics.get(id, signal);
  }

  /** Reads a vNIC to import. The result may be a few seconds old if it is attached, to `instanceId` unless that is undefined. */
  public async nicToImport(
    id: NicId,
    instanceId: InstanceId | undefined,
    signal: AbortSignal,
  ): Promise<NicInfo | undefined> {
    const recent = await this.connect().nics.getRecent(id, signal);
    const isAttached =
      recent?.instanceId !== undefined && recent.instanceId === (instanceId ?? recent.instanceId);
    return isAttached ? recent : this.nic(id, signal);
  }

  /** Like {@link nic}. */
  public async instance(id: InstanceId, signal: AbortSignal): Promise<InstanceInfo | undefined> {
    await this.waitForOwnChanges(signal);
    return this.connect().instances.get(id, signal);
  }

  /** Lists the vNICs that match a filter, like {@link nic}. @throws ZecError if there are more than `limit` */
  public async listNics(filter: NicFilter, limit: number, signal: AbortSignal): Promise<NicInfo[]> {
    await this.waitForOwnChanges(signal);
    return listNetworkInterfaces(this.connect().api, filter, { signal }, limit);
  }

  /** Lists the vNICs that match a filter, page by page and without a limit. */
  public nicPages(filter: NicFilter, signal: AbortSignal): AsyncIterable<NicInfo[]> {
    return networkInterfacePages(this.connect().api, filter, { signal });
  }

  /** Reads an instance for the checks of a plan. The result may be a few seconds old. */
  public recentInstance(id: InstanceId, signal: AbortSignal): Promise<InstanceInfo | undefined> {
    return this.connect().instances.getRecent(id, signal);
  }

  /** Reads the endpoints whose IDs are known. @param how `getRecent`: the result may be a few seconds old */
  public async observe(
    { nicId, instanceId }: Endpoints,
    signal: AbortSignal,
    how: 'get' | 'getRecent' = 'get',
  ): Promise<Observation> {
    const { nics, instances } = this.connect();
    const [nic, instance] = await Promise.all([
      nicId && nics[how](nicId, signal),
      instanceId && instances[how](instanceId, signal),
    ]);
    return { nic, instance };
  }

  /** Reads the endpoints for the checks of a plan. A result may be a few seconds old if nothing in it prevents the attach. */
  public async preview(endpoints: Endpoints, signal: AbortSignal): Promise<Observation> {
    const recent = await this.observe(endpoints, signal, 'getRecent');
    const attachable =
      (endpoints.nicId === undefined || recent.nic?.status === 'AVAILABLE') &&
      (endpoints.instanceId === undefined || recent.instance?.status === 'RUNNING');
    return attachable ? recent : this.observe(endpoints, signal);
  }

  /**
   * Reads an attachment. Waits up to 10 s for a transitional status to end.
   * @param mayBeCached whether the state `attached` may be a few seconds old; other states are always current
   */
  public async read(target: Target, signal: AbortSignal, mayBeCached: boolean): Promise<ReadResult> {
    if (mayBeCached && !this.tracker.applying) {
      const result = readResultOf(target, await this.observe(target, signal, 'getRecent'));
      if (result.state === 'attached') return result;
    }
    const deadline = this.clock.now() + TRANSITION_MS;
    for (;;) {
      const result = readResultOf(target, await this.observe(target, signal));
      if (result.state !== 'changing' || this.clock.now() >= deadline) return result;
      await this.clock.sleep(TRANSITION_POLL_MS, signal);
    }
  }

  /** How long reads may still be stale after a create that ended at `endedAt`, in milliseconds. Not positive: they are not. */
  public lagMs(endedAt = -Infinity): number {
    return Math.min(endedAt + SETTLE_MS - this.clock.wall(), SETTLE_MS);
  }

  /** Waits until reads can no longer be stale after a create that ended at `endedAt`. */
  public async waitForConsistentReads(endedAt: number | undefined, signal: AbortSignal): Promise<void> {
    const remaining = this.lagMs(endedAt);
    if (remaining > 0) await this.clock.sleep(remaining, signal);
  }

  /** A data source that depends on an attachment is read right after its create or delete, when reads may still be stale. */
  private waitForOwnChanges(signal: AbortSignal): Promise<void> {
    return this.waitForConsistentReads(this.connect().attachments.changedAt, signal);
  }

  /**
   * Reads both endpoints; `undefined` if that fails. The result may be a few seconds old: use it only for the
   * decision to attach, because the API refuses an attach that is no longer possible.
   */
  public async recentObservation(target: Target, signal: AbortSignal): Promise<Observation | undefined> {
    return this.observe(target, signal, 'getRecent').catch((error: unknown) => {
      if (error instanceof ZecError || signal.aborted) return undefined;
      throw error;
    });
  }

  private connect() {
    this.connected ??= servicesOf(this.connectTo(this.settings.resolve()), this.clock);
    return this.connected;
  }
}

function servicesOf({ api, inFlight }: ApiConnection, clock: Clock) {
  const handler = new NicAttachmentHandler(api, { clock, inFlight });
  const shared = { clock, ready: () => api.waitForRead?.() };
  return {
    api,
    attachments: new Attachments(handler, clock, new StoppedInstances(api, clock)),
    nics: new InventoryCache({
      ...shared,
      idOf: ({ nicId }: NicInfo) => nicId,
      byId: (ids: readonly NicId[]) => describeNics(api, ids),
      // The provider does not attach or detach primary vNICs.
      list: (paging) => api.describeNetworkInterfaces({ nicType: 'Secondary', ...paging }),
      pageSize: MAX_PAGE_SIZE,
    }),
    instances: new InventoryCache({
      ...shared,
      idOf: ({ instanceId }: InstanceInfo) => instanceId,
      byId: (ids: readonly InstanceId[]) => describeInstancesById(api, ids),
      list: (paging) => api.describeInstances(paging),
      pageSize: INSTANCES_PER_PAGE,
    }),
  };
}

/** Converts an error of the handler, the client or the settings to a diagnostic. */
export function describeError(error: unknown): Omit<Diagnostic, 'severity'> | undefined {
  if (error instanceof OperationError) {
    return { summary: withoutFullStop(error.headline), detail: error.explanation };
  }
  if (error instanceof ZecError) return { summary: withoutFullStop(error.message), detail: error.advice };
  if (error instanceof SettingsError) {
    return { summary: 'Invalid provider configuration', detail: error.message };
  }
  return error instanceof InvalidIdError ? { summary: withoutFullStop(error.message) } : undefined;
}
