import { NicAttachmentHandler, readResultOf } from '../handler';
import type { Observation, ReadResult, Target } from '../handler';
import type { Diagnostics } from '../plugin';
import { ZecClient } from '../zec/client';
import { systemClock } from '../zec/clock';
import type { Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { InstanceId, NicId } from '../zec/ids';
import { SETTLE_MS } from '../zec/in-flight';
import { InFlightFiles } from '../zec/in-flight-files';
import { PaceFile } from '../zec/pace-file';
import { describeInstancesById, describeNics } from '../zec/paging';
import { MAX_PAGE_SIZE } from '../zec/types';
import type { InstanceInfo, NicInfo } from '../zec/types';
import { Attachments } from './attachments';
import { Foresight } from './foresight';
import { Parallelism } from './parallelism';
import { PlanTracker } from './plan-tracker';
import { MissingCredentialsError } from './settings';
import type { ProviderSettings } from './settings';

/** How long a status in between is waited for when an attachment is read, in milliseconds. */
const CHANGING_MS = 10_000;
const CHANGING_STEP_MS = 500;

/** vNICs on a page of a list. */
const NICS_PER_PAGE = MAX_PAGE_SIZE;
/** Instances on a page: each tells of up to 8 vNICs, and an answer has its largest size. */
const INSTANCES_PER_PAGE = 250;

interface Service {
  readonly attachments: Attachments;
  readonly nics: Foresight<NicId, NicInfo>;
  readonly instances: Foresight<InstanceId, InstanceInfo>;
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

  /** One look at a vNIC. Looks that are wanted at about the same time share their requests: here and below. */
  public nic(id: NicId, signal: AbortSignal): Promise<NicInfo | undefined> {
    return this.ready.nics.ask(id, signal);
  }

  public instance(id: InstanceId, signal: AbortSignal): Promise<InstanceInfo | undefined> {
    return this.ready.instances.ask(id, signal);
  }

  /**
   * What stands in the way of an attachment, for a plan to tell. What is as an attach needs it may have been seen a
   * few seconds ago; all else was seen now.
   */
  public async preview(target: Target, signal: AbortSignal): Promise<ReadResult> {
    const { nic, instance } = await this.seen(target, signal);
    const clear = nic?.status === 'AVAILABLE' && instance?.status === 'RUNNING';
    return clear ? readResultOf(target, { nic, instance }) : this.look(target, signal);
  }

  /**
   * Looks until the attachment is no longer on its way, but not for long.
   * @param confirm whether it is enough that it was seen to be there a few seconds ago; that it is not is always seen now
   */
  public async read(target: Target, signal: AbortSignal, confirm: boolean): Promise<ReadResult> {
    if (confirm && !this.tracker.applying) {
      const confirmed = await this.confirm(target, signal);
      if (confirmed !== undefined) return confirmed;
    }
    const giveUpAt = this.clock.now() + CHANGING_MS;
    for (;;) {
      const result = await this.look(target, signal);
      if (result.state !== 'changing' || this.clock.now() >= giveUpAt) return result;
      await this.clock.sleep(CHANGING_STEP_MS, signal);
    }
  }

  /** Waits until a look shows for sure what a create that ended at `endedAt` may have left. */
  public async settle(endedAt: number | undefined, signal: AbortSignal): Promise<void> {
    const left = endedAt === undefined ? 0 : endedAt + SETTLE_MS - this.clock.wall();
    if (left > 0) await this.clock.sleep(Math.min(left, SETTLE_MS), signal);
  }

  /**
   * The two ends of an attachment, as a list told them a few seconds ago at the most, or as they are now; `undefined` if
   * the API could not be asked. Fit to attach on, because the API refuses what is no longer possible, and for nothing else.
   */
  public async recent(target: Target, signal: AbortSignal): Promise<Observation | undefined> {
    try {
      return await this.seen(target, signal);
    } catch (error) {
      if (error instanceof ZecError || signal.aborted) return undefined;
      throw error;
    }
  }

  private async seen(target: Target, signal: AbortSignal): Promise<Observation> {
    const seen = await this.foresee(target, signal);
    const [nic, instance] = await Promise.all([
      seen.nic ?? this.nic(target.nicId, signal),
      seen.instance ?? this.instance(target.instanceId, signal),
    ]);
    return { nic, instance };
  }

  private async look(target: Target, signal: AbortSignal): Promise<ReadResult> {
    const [nic, instance] = await Promise.all([
      this.nic(target.nicId, signal),
      this.instance(target.instanceId, signal),
    ]);
    return readResultOf(target, { nic, instance });
  }

  private async foresee({ nicId, instanceId }: Target, signal: AbortSignal): Promise<Observation> {
    const { nics, instances } = this.ready;
    const [nic, instance] = await Promise.all([
      nics.foresee(nicId, signal),
      instances.foresee(instanceId, signal),
    ]);
    return { nic, instance };
  }

  /** The attachment, if a list shows that it is there; an end that no list shows is looked at. */
  private async confirm(target: Target, signal: AbortSignal): Promise<ReadResult | undefined> {
    const seen = await this.foresee(target, signal);
    if (seen.nic === undefined && seen.instance === undefined) return undefined;
    const nic = seen.nic ?? (await this.nic(target.nicId, signal));
    if (nic?.status !== 'USED' || nic.instanceId !== target.instanceId) return undefined;
    const instance = seen.instance ?? (await this.instance(target.instanceId, signal));
    const result = readResultOf(target, { nic, instance });
    return result.state === 'attached' ? result : undefined;
  }

  private get ready(): Service {
    this.service ??= this.start();
    return this.service;
  }

  private start(): Service {
    const settings = this.settings.resolve();
    const api = new ZecClient(settings, { pace: new PaceFile(settings, systemClock) });
    const inFlight = new InFlightFiles(settings, systemClock);
    const shared = { clock: this.clock, ready: () => api.clear() };
    return {
      attachments: new Attachments(new NicAttachmentHandler(api, { inFlight }), this.clock),
      nics: new Foresight({
        ...shared,
        idOf: ({ nicId }: NicInfo) => nicId,
        byId: (ids: readonly NicId[]) => describeNics(api, ids),
        // A primary vNIC is never attached or detached by us.
        list: (paging) => api.describeNetworkInterfaces({ nicType: 'Secondary', ...paging }),
        pageSize: NICS_PER_PAGE,
      }),
      instances: new Foresight({
        ...shared,
        idOf: ({ instanceId }: InstanceInfo) => instanceId,
        byId: (ids: readonly InstanceId[]) => describeInstancesById(api, ids),
        list: (paging) => api.describeInstances(paging),
        pageSize: INSTANCES_PER_PAGE,
      }),
    };
  }
}
