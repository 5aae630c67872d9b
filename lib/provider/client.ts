import { NicAttachmentHandler } from '../handler';
import type { ReadResult, Target } from '../handler';
import { ZecClient } from '../zec/client';
import { systemClock } from '../zec/clock';
import type { Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { PaceFile } from '../zec/pace-file';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Attachments } from './attachments';
import { Planned } from './planned';
import { MissingCredentialsError } from './settings';
import type { ProviderSettings } from './settings';

/** How long a status in between is waited for when an attachment is read, in milliseconds. */
const CHANGING_MS = 10_000;
const CHANGING_STEP_MS = 500;
/** How long looks may lag behind a request that went out, in milliseconds. */
const SETTLE_MS = 5_000;

interface Service {
  readonly api: ZecApi;
  readonly handler: NicAttachmentHandler;
  readonly attachments: Attachments;
}

/** What the resources and data sources of one provider process share. */
export class ProviderClient {
  public readonly planned: Planned;
  private service: Service | undefined;

  public constructor(
    private readonly settings: ProviderSettings,
    private readonly clock: Clock = systemClock,
  ) {
    this.planned = new Planned(clock);
  }

  /** Whether plans may ask the API: it is wanted, and there are credentials. @throws SettingsError if they are wrong */
  public get canCheck(): boolean {
    if (!this.settings.preflight) return false;
    try {
      this.service ??= this.start();
      return true;
    } catch (error) {
      if (error instanceof MissingCredentialsError) return false;
      throw error;
    }
  }

  /** @throws SettingsError */
  public get attachments(): Attachments {
    return this.ready.attachments;
  }

  public async nic(id: NicId, signal: AbortSignal): Promise<NicInfo | undefined> {
    return (await describeNics(this.ready.api, [id], { signal })).get(id);
  }

  public async instance(id: InstanceId, signal: AbortSignal): Promise<InstanceInfo | undefined> {
    return (await describeInstancesById(this.ready.api, [id], { signal })).get(id);
  }

  /** One look at both ends. Looks that are wanted at about the same time share their requests. */
  public look(target: Target, signal: AbortSignal): Promise<ReadResult> {
    return this.ready.handler.read(target, { signal });
  }

  /** Looks until the attachment is no longer on its way, but not for long. */
  public async read(target: Target, signal: AbortSignal): Promise<ReadResult> {
    const giveUpAt = this.clock.now() + CHANGING_MS;
    for (;;) {
      const result = await this.look(target, signal);
      if (result.state !== 'changing' || this.clock.now() >= giveUpAt) return result;
      await this.clock.sleep(CHANGING_STEP_MS, signal);
    }
  }

  /** Waits until a look can show what a create that failed at `failedAt` may have left. */
  public async settle(failedAt: number | undefined, signal: AbortSignal): Promise<void> {
    const left = failedAt === undefined ? 0 : failedAt + SETTLE_MS - this.clock.wall();
    if (left > 0) await this.clock.sleep(Math.min(left, SETTLE_MS), signal);
  }

  private get ready(): Service {
    this.service ??= this.start();
    return this.service;
  }

  private start(): Service {
    const settings = this.settings.resolve();
    const api = new ZecClient(settings, { pace: new PaceFile(settings, systemClock) });
    const handler = new NicAttachmentHandler(api);
    return { api, handler, attachments: new Attachments(handler, this.clock) };
  }
}
