import { NicAttachmentHandler, OperationError } from '../../lib/handler';
import type {
  CallerOptions,
  CreateResult,
  DeleteResult,
  OperationErrorDetails,
  Target,
} from '../../lib/handler';
import type { Clock } from '../../lib/zec/clock';
import { ZecError } from '../../lib/zec/errors';
import { attachmentId } from '../../lib/zec/ids';
import { describeInstancesById, describeNics } from '../../lib/zec/paging';
import type { NicInfo, ZecApi } from '../../lib/zec/types';
import type { Subject } from './process';
import { realHandler } from './run';
import type { MakeSubject } from './run';

/** Faults of a naive handler. Without any of them it is slow but keeps the promises. */
interface Faults {
  /** Reports success when the API accepts the request. */
  readonly trustsResponses?: boolean;
  /** Detaches the vNIC from any instance. */
  readonly detachesAnyones?: boolean;
  /** Retries after an error without a read. */
  readonly resendsBlindly?: boolean;
  /** Sends a request although the read shows that the attachment exists. */
  readonly ignoresWhatIsThere?: boolean;
  /** Treats an existing attachment as someone else's, and fails. */
  readonly refusesToAdopt?: boolean;
  /** Continues after its deadline. */
  readonly forgetsTheTime?: boolean;
}

const POLL_MS = 1_000;

/** A naive handler that reads, sends and polls, with selectable faults. */
class NaiveHandler implements Subject {
  public constructor(
    private readonly api: ZecApi,
    private readonly clock: Clock,
    private readonly faults: Faults,
  ) {}

  public async create(target: Target, options: CallerOptions): Promise<CreateResult> {
    const error = await this.until('attach', target, options);
    const { nicId, instanceId } = target;
    const attachment = {
      id: attachmentId(nicId, instanceId),
      ...target,
      nic: undefined,
      instance: undefined,
    };
    return error === undefined ? { ok: true, attachment, adopted: false } : { ok: false, error };
  }

  public async delete(target: Target, options: CallerOptions): Promise<DeleteResult> {
    const error = await this.until('detach', target, options);
    return error === undefined
      ? { ok: true, alreadyDetached: false, nicFound: true, heldBy: undefined }
      : { ok: false, error };
  }

  private async until(
    goal: 'attach' | 'detach',
    target: Target,
    { timeoutMs = 600_000, signal }: CallerOptions,
  ): Promise<OperationError | undefined> {
    const deadline = this.clock.now() + timeoutMs * (this.faults.forgetsTheTime ? 2 : 1) + 1;
    let sent = false;
    try {
      while (this.clock.now() < deadline) {
        const nic = await this.read(target);
        const state = this.judge(goal, target, nic, sent);
        if (state === 'done') return undefined;
        if (state === 'fail') break;
        if (state === 'act') {
          sent = true;
          const accepted = await this.send(goal, target, signal);
          if (accepted && this.faults.trustsResponses) return undefined;
        }
        await this.clock.sleep(POLL_MS, signal);
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    return failure(goal, target, sent);
  }

  private async read({ nicId, instanceId }: Target): Promise<NicInfo | 'unknown' | undefined> {
    try {
      await describeInstancesById(this.api, [instanceId]);
      return (await describeNics(this.api, [nicId])).get(nicId);
    } catch (error) {
      if (error instanceof ZecError) return 'unknown';
      throw error;
    }
  }

  private judge(
    goal: 'attach' | 'detach',
    { instanceId }: Target,
    nic: NicInfo | 'unknown' | undefined,
    sent: boolean,
  ): 'done' | 'wait' | 'act' | 'fail' {
    if (nic === 'unknown') return 'wait';
    if (goal === 'detach') {
      if (nic?.instanceId === undefined) return 'done';
      if (nic.instanceId !== instanceId && !this.faults.detachesAnyones) return 'done';
      return nic.status === 'USED' ? 'act' : 'wait';
    }
    if (nic === undefined || (nic.instanceId !== undefined && nic.instanceId !== instanceId)) return 'fail';
    if (nic.status === 'USED') {
      if (this.faults.refusesToAdopt && !sent) return 'fail';
      return this.faults.ignoresWhatIsThere && !sent ? 'act' : 'done';
    }
    return nic.status === 'AVAILABLE' ? 'act' : 'wait';
  }

  private async send(goal: 'attach' | 'detach', target: Target, signal?: AbortSignal): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await (goal === 'attach'
          ? this.api.attachNetworkInterface(target, { signal })
          : this.api.detachNetworkInterface({ nicId: target.nicId }, { signal }));
        return true;
      } catch (error) {
        if (!(error instanceof ZecError)) throw error;
        if (!this.faults.resendsBlindly || attempt === 3) return false;
      }
    }
  }
}

function failure(goal: 'attach' | 'detach', target: Target, sent: boolean): OperationError {
  return new OperationError({
    reason: 'timeout',
    goal,
    target,
    summary: 'it did not work',
    advice: 'try again',
    leftBehind: sent ? 'possibly-attached' : 'nothing',
    observed: [],
    requestIds: [],
  });
}

const naive =
  (habits: Faults): MakeSubject =>
  (api, clock) =>
    new NaiveHandler(api, clock, habits);

/** The real handler, except that every failed create reports that nothing is left behind. */
const alwaysClean: MakeSubject = (...args) => {
  const subject = realHandler(...args);
  return {
    delete: (target, options) => subject.delete(target, options),
    create: async (target, options) => {
      const result = await subject.create(target, options);
      if (result.ok) return result;
      const details: OperationErrorDetails = { ...result.error.details, leftBehind: 'nothing' };
      return { ok: false, error: new OperationError(details) };
    },
  };
};

/** The real handler, on a clock that uses wall time as monotonic time. */
const byTheWallClock: MakeSubject = (api, clock) =>
  new NicAttachmentHandler(api, { clock: { ...clock, now: () => clock.wall() }, readTimeoutMs: 30_000 });

/** A real handler for each operation, so that the operations of a process are not coordinated. */
const strangers: MakeSubject = (...args) => ({
  create: (target, options) => realHandler(...args).create(target, options),
  delete: (target, options) => realHandler(...args).delete(target, options),
});

/** The real handler, without the in-flight requests of earlier processes. */
const forgetful: MakeSubject = (api, clock, random) =>
  new NicAttachmentHandler(api, { clock, random, readTimeoutMs: 30_000 });

/** The real handler, reading through a cache that keeps vNICs for two seconds. */
const cached: MakeSubject = (api, clock, ...more) => {
  let kept: {
    readonly at: number;
    readonly key: string;
    readonly page: ReturnType<ZecApi['describeNetworkInterfaces']>;
  };
  return realHandler(
    {
      ...api,
      describeNetworkInterfaces: (request, options) => {
        const key = JSON.stringify(request);
        kept =
          (kept as typeof kept | undefined)?.key === key && clock.now() - kept.at < 2_000
            ? kept
            : { at: clock.now(), key, page: api.describeNetworkInterfaces(request, options) };
        return kept.page;
      },
    },
    clock,
    ...more,
  );
};

/** Every promise, with a handler that breaks it, and a seed that shows it after a few runs. */
export const BROKEN_HANDLERS: readonly (readonly [
  name: string,
  check: string,
  subject: MakeSubject,
  seed: number,
])[] = [
  ['a success that trusts the response', 'a success is true', naive({ trustsResponses: true }), 1],
  ['no record of earlier requests', 'no request sent before undoes a success', forgetful, 111],
  [
    'a detach of whatever holds the vNIC',
    'a detach is based on a read that showed the vNIC attached to the target',
    naive({ detachesAnyones: true }),
    1,
  ],
  [
    'a detach of whatever holds the vNIC',
    'a detach removes another’s attachment only if the vNIC was moved after the read',
    naive({ detachesAnyones: true }),
    1,
  ],
  ['uncoordinated operations', 'at most one mutating request in flight per vNIC', strangers, 52],
  [
    'a retry without a read',
    'every mutating request is based on a fresh read',
    naive({ resendsBlindly: true }),
    1,
  ],
  ['reads from a cache', 'every mutating request is based on a fresh read', cached, 1],
  [
    'no read before the request',
    'no mutating request when the read shows the goal reached or in progress',
    naive({ ignoresWhatIsThere: true }),
    1,
  ],
  [
    'an exceeded deadline',
    'every run ends within its deadline and one request',
    naive({ forgetsTheTime: true }),
    1,
  ],
  ['a deadline in wall time', 'every run ends within its deadline and one request', byTheWallClock, 74],
  [
    'every failure reported as clean',
    'a create that reports nothing left behind left nothing behind',
    alwaysClean,
    1,
  ],
  [
    'no adoption',
    'once all faults end, one more create and one more delete converge',
    naive({ refusesToAdopt: true }),
    1,
  ],
];
