import type { Cloud } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import type { CallOptions, NicInfo, Page, ZecApi } from '../../lib/zec/types';
import { cloudApi } from '../support/cloud-api';
import type { Operation } from './scenario';

/** One attempt at an operation: a crash ends it, and another one follows. */
export interface Attempt {
  readonly operation: Operation;
  /** Processes have each a number of their own; one that crashed does not come back. */
  readonly process: number;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** Its newest read was asked for at this moment or later: since then it started, woke up, or was answered. */
  askedAt: number;
  ended?: Ended | undefined;
}

export interface Ended {
  readonly at: number;
  /** When the read on which the end rests was asked for. */
  readonly askedAt: number;
  readonly ok: boolean;
  readonly leftBehind?: string | undefined;
  readonly message: string;
}

/** A vNIC as a Describe showed it. */
export interface Shown {
  readonly status: string;
  readonly instanceId: string | undefined;
}

/** A Describe of vNICs. */
export interface NicRead {
  readonly process: number;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly asked: ReadonlySet<string>;
  readonly shown: ReadonlyMap<string, Shown>;
}

/** An Attach or Detach of ours. */
export interface Change {
  readonly attempt: Attempt;
  readonly action: 'AttachNetworkInterface' | 'DetachNetworkInterface';
  readonly nicId: string;
  readonly sentAt: number;
  /** When the read on which it rests was asked for. */
  readonly askedAt: number;
  /** Of this process's earlier requests about the vNIC: those not answered yet, and when the last answer came. */
  readonly othersUnderWay: number;
  readonly lastAnswerAt: number;
  /** What this process was shown of the vNIC until now, newest last. */
  readonly reads: readonly NicRead[];
  servedAt?: number;
  requestId?: string;
}

interface Mutation {
  readonly nicId: string;
  readonly instanceId?: string;
}

/** The API as one process sees it, with every request and answer written down. */
export class Ledger {
  public readonly changes: Change[] = [];
  public readonly attempts: Attempt[] = [];
  public served = 0;
  private reads: NicRead[] = [];
  private readonly underWay = new Map<string, number>();
  private readonly lastAnswers = new Map<string, number>();

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
      describeNetworkInterfaces: async (request, options) => {
        const sentAt = this.clock.now();
        const page = await this.through().describeNetworkInterfaces(request, options);
        this.looked(process, sentAt, request.nicIds ?? [], page);
        return page;
      },
      describeInstances: (request, options) => this.through().describeInstances(request, options),
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
        if (attempt !== undefined) attempt.askedAt = this.clock.now();
      },
    };
  }

  /** When the newest read of an attempt was asked for, as far as its requests tell. */
  public lookAskedAt({ process, askedAt, operation: { nicId } }: Attempt): number {
    const sent = this.reads
      .filter((read) => read.process === process && read.asked.has(nicId) && read.sentAt >= askedAt)
      .map(({ sentAt }) => sentAt);
    // Answers may overtake each other: the earliest may be its own.
    return sent.length === 0 ? askedAt : Math.min(...sent);
  }

  private looked(process: number, sentAt: number, asked: readonly string[], page: Page<NicInfo>): void {
    const shown = new Map(
      page.dataSet.map(({ nicId, status, instanceId }) => [nicId as string, { status, instanceId }]),
    );
    this.reads.push({ process, sentAt, answeredAt: this.clock.now(), asked: new Set(asked), shown });
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
      askedAt: attempt.askedAt,
      othersUnderWay: this.underWay.get(key) ?? 0,
      lastAnswerAt: this.lastAnswers.get(key) ?? -Infinity,
      reads: this.reads.filter((read) => read.process === process && read.asked.has(nicId)),
    };
    this.changes.push(change);
    options.onSend?.();
    this.underWay.set(key, change.othersUnderWay + 1);
    try {
      // Without the signal: a request that was given up arrives all the same.
      const api = this.through(change);
      const answer =
        action === 'AttachNetworkInterface'
          ? api.attachNetworkInterface(request as never)
          : api.detachNetworkInterface(request as never);
      return await unlessAborted(answer, options.signal);
    } finally {
      this.underWay.set(key, (this.underWay.get(key) ?? 0) - 1);
      this.lastAnswers.set(key, this.clock.now());
      attempt.askedAt = this.clock.now();
    }
  }

  private through(change?: Change): ZecApi {
    const handle: Cloud['handle'] = (name, parameters) => {
      const answer = this.cloud.handle(name, parameters);
      this.served += 1;
      if (change !== undefined) {
        const requestId = this.cloud.requests().at(-1)?.requestId;
        Object.assign(change, { servedAt: this.clock.now(), requestId });
      }
      this.onServed(this.served);
      return answer;
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
