import type { Cloud } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import type { CallOptions, NicInfo, Page, ZecApi } from '../../lib/zec/types';
import { cloudApi } from '../support/cloud-api';
import type { Operation } from './scenario';

/** One attempt at an operation. A crash ends it, and another attempt follows. */
export interface Attempt {
  readonly operation: Operation;
  /** The unique number of the process. It is not reused after a crash. */
  readonly process: number;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** The earliest time at which its latest read was requested: its start, wake-up or last response. */
  readRequestedAt: number;
  ended?: Ended | undefined;
}

export interface Ended {
  readonly at: number;
  /** When the read on which the result is based was requested. */
  readonly readRequestedAt: number;
  readonly ok: boolean;
  readonly leftBehind?: string | undefined;
  readonly message: string;
}

/** A vNIC in a Describe response. */
export interface NicState {
  readonly status: string;
  readonly instanceId: string | undefined;
}

/** A Describe of vNICs. */
export interface NicRead {
  readonly process: number;
  readonly sentAt: number;
  readonly respondedAt: number;
  readonly asked: ReadonlySet<string>;
  readonly shown: ReadonlyMap<string, NicState>;
}

/** One of our Attach or Detach requests. */
export interface Change {
  readonly attempt: Attempt;
  readonly action: 'AttachNetworkInterface' | 'DetachNetworkInterface';
  readonly nicId: string;
  readonly sentAt: number;
  /** When the read on which it is based was requested. */
  readonly readRequestedAt: number;
  /** Earlier requests of this process for the vNIC: the number in flight, and the time of the last response. */
  readonly othersInFlight: number;
  readonly lastResponseAt: number;
  /** The reads of the vNIC by this process so far, newest last. */
  readonly reads: readonly NicRead[];
  servedAt?: number;
  requestId?: string;
}

/** One of our requests to start or stop an instance, which may not have reached the API. */
export interface PowerRequest {
  readonly process: number;
  readonly action: 'StartInstances' | 'StopInstances';
  readonly instanceId: string;
  readonly servedAt: number;
  /** Whether it changed the status of the instance. */
  readonly carriedOut: boolean;
}

interface Mutation {
  readonly nicId: string;
  readonly instanceId?: string;
}

/** The API for one process. Records every request and response. */
export class ApiRecorder {
  public readonly changes: Change[] = [];
  public readonly attempts: Attempt[] = [];
  public readonly power: PowerRequest[] = [];
  public served = 0;
  private reads: NicRead[] = [];
  private readonly inFlight = new Map<string, number>();
  private readonly lastResponses = new Map<string, number>();

  public constructor(
    private readonly cloud: Cloud,
    private readonly clock: Clock,
    private readonly latencyMs: () => number,
    private readonly onServed: (count: number) => void,
  ) {}

  public api(process: number): ZecApi {
    return {
      attachNetworkInterface: (request, options) =>
        this.change(process, 'AttachNetworkInterface', request, options),
      detachNetworkInterface: (request, options) =>
        this.change(process, 'DetachNetworkInterface', request, options),
      startInstances: (request, options) => this.powerApi(process).startInstances(request, options),
      stopInstances: (request, options) => this.powerApi(process).stopInstances(request, options),
      describeNetworkInterfaces: async (request, options) => {
        const sentAt = this.clock.now();
        const page = await this.recordingApi().describeNetworkInterfaces(request, options);
        this.recordRead(process, sentAt, request.nicIds ?? [], page);
        return page;
      },
      describeInstances: (request, options) => this.recordingApi().describeInstances(request, options),
    };
  }

  /** A clock that records when an attempt wakes up to read again. */
  public clockFor(wall: () => number): Clock {
    return {
      now: () => this.clock.now(),
      wall,
      sleep: async (ms, signal) => {
        await this.clock.sleep(ms, signal);
        const attempt = this.attempts.find((each) => each.signal === signal);
        if (attempt !== undefined) attempt.readRequestedAt = this.clock.now();
      },
    };
  }

  /** When the latest read of an attempt was requested, according to its requests. */
  public latestReadRequestedAt({ process, readRequestedAt, operation: { nicId } }: Attempt): number {
    const sent = this.reads
      .filter((read) => read.process === process && read.asked.has(nicId) && read.sentAt >= readRequestedAt)
      .map(({ sentAt }) => sentAt);
    // Responses may arrive out of order: the earliest may belong to this attempt.
    return sent.length === 0 ? readRequestedAt : Math.min(...sent);
  }

  private recordRead(process: number, sentAt: number, asked: readonly string[], page: Page<NicInfo>): void {
    const shown = new Map(
      page.dataSet.map(({ nicId, status, instanceId }) => [nicId as string, { status, instanceId }]),
    );
    this.reads.push({ process, sentAt, respondedAt: this.clock.now(), asked: new Set(asked), shown });
  }

  private async change(
    process: number,
    action: Change['action'],
    request: Mutation,
    options: CallOptions = {},
  ): Promise<{ requestId: string }> {
    const { nicId } = request;
    const key = `${process}/${nicId}`;
    const attempt = this.attempts.find(({ signal }) => signal === options.signal);
    if (attempt === undefined) throw new Error(`unattributed request: ${action}`);
    const change: Change = {
      attempt,
      action,
      nicId,
      sentAt: this.clock.now(),
      readRequestedAt: attempt.readRequestedAt,
      othersInFlight: this.inFlight.get(key) ?? 0,
      lastResponseAt: this.lastResponses.get(key) ?? -Infinity,
      reads: this.reads.filter((read) => read.process === process && read.asked.has(nicId)),
    };
    this.changes.push(change);
    options.onSend?.();
    this.inFlight.set(key, change.othersInFlight + 1);
    try {
      // Without the signal: an aborted request still arrives.
      const api = this.recordingApi(change);
      const response =
        action === 'AttachNetworkInterface'
          ? api.attachNetworkInterface(request as never)
          : api.detachNetworkInterface(request as never);
      return await unlessAborted(response, options.signal);
    } finally {
      this.inFlight.set(key, (this.inFlight.get(key) ?? 0) - 1);
      this.lastResponses.set(key, this.clock.now());
      attempt.readRequestedAt = this.clock.now();
    }
  }

  private powerApi(process: number): ZecApi {
    const status = (id: string) =>
      this.cloud.world().instances.find(({ instanceId }) => instanceId === id)?.status;
    const handle: Cloud['handle'] = (name, parameters) => {
      const [instanceId = ''] = (parameters as { instanceIds: readonly string[] }).instanceIds;
      const before = status(instanceId);
      const response = this.cloud.handle(name, parameters);
      const action = name as PowerRequest['action'];
      const carriedOut = status(instanceId) !== before;
      this.power.push({ process, action, instanceId, servedAt: this.clock.now(), carriedOut });
      this.served += 1;
      this.onServed(this.served);
      return response;
    };
    return cloudApi({ handle }, this.clock, this.latencyMs());
  }

  private recordingApi(change?: Change): ZecApi {
    const handle: Cloud['handle'] = (name, parameters) => {
      const response = this.cloud.handle(name, parameters);
      this.served += 1;
      if (change !== undefined) {
        const requestId = this.cloud.requests().at(-1)?.requestId;
        Object.assign(change, { servedAt: this.clock.now(), requestId });
      }
      this.onServed(this.served);
      return response;
    };
    return cloudApi({ handle }, this.clock, this.latencyMs());
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal?.reason as Error);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
