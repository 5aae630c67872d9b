import { NicAttachmentHandler, OperationError, readResultOf } from '../handler';
import type { Observation, ReadResult, Target } from '../handler';
import type { Diagnostic, Diagnostics } from '../plugin';
import { systemClock } from '../zec/clock';
import type { Clock } from '../zec/clock';
import { connect } from '../zec/connect';
import { ZecError } from '../zec/errors';
import { InvalidIdError } from '../zec/ids';
import type { InstanceId, NicId } from '../zec/ids';
import { SETTLE_MS } from '../zec/in-flight';
import type { InFlightStore } from '../zec/in-flight';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { ZecSettings } from '../zec/settings';
import { MAX_PAGE_SIZE } from '../zec/types';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Attachments, Parallelism } from './attachments';
import { InventoryCache } from './inventory-cache';
import { PlanTracker } from './plan-tracker';
import { MissingCredentialsError, SettingsError } from './settings';
import type { ProviderSettings } from './settings';

/** How long a read of an attachment waits while its status is changing, in milliseconds. */
const CHANGING_MS = 10_000;
const CHANGING_STEP_MS = 500;

/** Instances on a page: each lists up to 8 vNICs, and the size of an answer is limited. */
const INSTANCES_PER_PAGE = 250;

/** What a client needs of the outside. */
export interface Connection {
  readonly api: ZecApi;
  readonly inFlight: InFlightStore;
}

interface Service {
  readonly attachments: Attachments;
  readonly nics: InventoryCache<NicId, NicInfo>;
  readonly instances: InventoryCache<InstanceId, InstanceInfo>;
}

/** What the resources and data sources of one provider process share. */
export class ProviderClient {
  public readonly tracker: PlanTracker;
  public readonly parallelism = new Parallelism();
  private service: Service | undefined;
  private toldUnchecked = false;

  public constructor(
    private readonly settings: ProviderSettings,
    public readonly clock: Clock = systemClock,
    private readonly connectTo: (settings: ZecSettings) => Connection = connect,
  ) {
    this.tracker = new PlanTracker(clock);
  }

  /** Whether plans may ask the API: it is wanted, and there are credentials. @throws SettingsError if they are wrong */
  public canCheck(diagnostics: Diagnostics): boolean {
    if (!this.settings.preflight) return false;
    try {
      this.service ??= this.start();
      return true;
    } catch (error) {
      if (!(error instanceof MissingCredentialsError)) throw error;
      if (!this.toldUnchecked) {
        diagnostics.warning(
          'The plan was not checked against the API: no credentials',
          `${error.message} Apply will fail without them. preflight = false plans without checks and without this warning.`,
        );
      }
      this.toldUnchecked = true;
      return false;
    }
  }

  /** @throws SettingsError */
  public get attachments(): Attachments {
    return this.ready.attachments;
  }

  /** Reads a vNIC. Reads at about the same time share their requests: here and below. */
  public nic(id: NicId, signal: AbortSignal): Promise<NicInfo | undefined> {
    return this.ready.nics.ask(id, signal);
  }

  public instance(id: InstanceId, signal: AbortSignal): Promise<InstanceInfo | undefined> {
    return this.ready.instances.ask(id, signal);
  }

  /**
   * What stands in the way of an attachment, for a plan to tell. That nothing does may be a few seconds old; all else
   * was read now.
   */
  public async preview(target: Target, signal: AbortSignal): Promise<ReadResult> {
    const { nic, instance } = await this.cached(target, signal);
    const clear = nic?.status === 'AVAILABLE' && instance?.status === 'RUNNING';
    return clear ? readResultOf(target, { nic, instance }) : this.current(target, signal);
  }

  /**
   * Reads until the attachment is no longer changing, but not for long.
   * @param mayBeCached whether it is enough that it was there a few seconds ago; that it is not is always read now
   */
  public async read(target: Target, signal: AbortSignal, mayBeCached: boolean): Promise<ReadResult> {
    if (mayBeCached && !this.tracker.applying) {
      const result = readResultOf(target, await this.cached(target, signal));
      if (result.state === 'attached') return result;
    }
    const giveUpAt = this.clock.now() + CHANGING_MS;
    for (;;) {
      const result = await this.current(target, signal);
      if (result.state !== 'changing' || this.clock.now() >= giveUpAt) return result;
      await this.clock.sleep(CHANGING_STEP_MS, signal);
    }
  }

  /** Waits until a read shows for sure what a create that ended at `endedAt` may have left. */
  public async settle(endedAt: number | undefined, signal: AbortSignal): Promise<void> {
    const left = endedAt === undefined ? 0 : endedAt + SETTLE_MS - this.clock.wall();
    if (left > 0) await this.clock.sleep(Math.min(left, SETTLE_MS), signal);
  }

  /**
   * Both ends of an attachment, a few seconds old at the most; `undefined` if the API could not be asked. Fit to attach
   * on, because the API refuses what is no longer possible, and for nothing else.
   */
  public async recent(target: Target, signal: AbortSignal): Promise<Observation | undefined> {
    try {
      return await this.cached(target, signal);
    } catch (error) {
      if (error instanceof ZecError || signal.aborted) return undefined;
      throw error;
    }
  }

  /** Both ends, as a list showed them a few seconds ago where there is one, else as they are now. */
  private async cached({ nicId, instanceId }: Target, signal: AbortSignal): Promise<Observation> {
    const { nics, instances } = this.ready;
    const listed = await Promise.all([
      nics.getCached(nicId, signal),
      instances.getCached(instanceId, signal),
    ]);
    const [nic, instance] = await Promise.all([
      listed[0] ?? this.nic(nicId, signal),
      listed[1] ?? this.instance(instanceId, signal),
    ]);
    return { nic, instance };
  }

  private async current(target: Target, signal: AbortSignal): Promise<ReadResult> {
    const [nic, instance] = await Promise.all([
      this.nic(target.nicId, signal),
      this.instance(target.instanceId, signal),
    ]);
    return readResultOf(target, { nic, instance });
  }

  private get ready(): Service {
    this.service ??= this.start();
    return this.service;
  }

  private start(): Service {
    const { clock } = this;
    const { api, inFlight } = this.connectTo(this.settings.resolve());
    const shared = { clock, ready: () => api.clear?.() };
    return {
      attachments: new Attachments(new NicAttachmentHandler(api, { clock, inFlight }), clock),
      nics: new InventoryCache({
        ...shared,
        idOf: ({ nicId }: NicInfo) => nicId,
        byId: (ids: readonly NicId[]) => describeNics(api, ids),
        // A primary vNIC is never attached or detached by us.
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
}

/** The diagnostic of an error that the handler, the client or the settings gave. */
export function describeError(error: unknown): Omit<Diagnostic, 'severity'> | undefined {
  if (error instanceof OperationError) {
    return { summary: withoutFullStop(error.headline), detail: error.explanation };
  }
  if (error instanceof ZecError) return { summary: withoutFullStop(error.message), detail: error.advice };
  if (error instanceof SettingsError) {
    return { summary: 'The provider’s settings cannot be used', detail: error.message };
  }
  return error instanceof InvalidIdError ? { summary: withoutFullStop(error.message) } : undefined;
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '');
}
