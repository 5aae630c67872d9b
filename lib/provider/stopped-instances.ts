import type { DeleteResult, OperationOptions, Target } from '../handler';
import { withoutFullStop } from '../handler/errors';
import { KeyedLock } from '../handler/keyed-lock';
import { DiagnosticError } from '../plugin';
import { withTimeout, type Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { InstanceId } from '../zec/ids';
import { SETTLE_MS } from '../zec/in-flight';
import { describeInstancesById } from '../zec/paging';
import type { ZecApi } from '../zec/types';
import type { WhenStopped } from './nic-attachment-state';

const POLL_INTERVAL_MS = 2_000;
/** Maximum delay of a start request by the rate limiter, in milliseconds. */
const START_WITHIN_MS = 2_000;
/** Maximum number of starts that are refused, or accepted and not carried out. */
const MAX_STARTS = 3;
/** Time after a start in which a detach may fail because the guest agent is not running yet, in milliseconds. */
const BOOT_MS = 120_000;
/** Timeout of a stop, in milliseconds. */
const STOP_MS = 120_000;

/** The error codes of a detach from an instance whose guest agent does not respond. */
const NOT_READY_CODES = [
  'INVALID_INSTANCE_PRECHECK_ABNORMAL',
  'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
];

export interface DeleteOptions extends OperationOptions {
  readonly signal: AbortSignal;
  readonly whenStopped: WhenStopped;
  readonly warn: (summary: string, detail: string) => void;
}

/** An instance from which vNICs are being detached. */
class Instance {
  public detaches = 0;
  public starts = 0;
  /** When the last start request ended. Reads may be stale for a while. */
  public requestedAt = -Infinity;
  /** Whether that request started it. `unknown`: its response was lost, and someone else may have started it. */
  public startedByUs: boolean | 'unknown' = false;
  /** The outcome of that request, as the second part of a sentence. */
  public outcome = 'no start was requested';
}

/** Detaches vNICs from stopped instances: starts them, and stops them again after the last detach. */
export class StoppedInstances {
  private readonly instances = new Map<InstanceId, Instance>();
  private readonly lock = new KeyedLock<InstanceId>();

  public constructor(
    private readonly api: ZecApi,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs a detach, and applies `whenStopped` if it fails because the instance is STOPPED.
   * @returns `left`: the vNIC stays attached
   * @throws DiagnosticError if the instance cannot be started
   */
  public async detach(
    target: Target,
    { timeoutMs, startedAt, signal, whenStopped, warn }: DeleteOptions & { readonly startedAt: number },
    detach: () => Promise<DeleteResult>,
  ): Promise<DeleteResult | 'left'> {
    const { clock, lock } = this;
    const { instanceId } = target;
    const instance = this.instances.get(instanceId) ?? new Instance();
    this.instances.set(instanceId, instance);
    instance.detaches += 1;
    try {
      // Do not send a detach while the instance is being stopped.
      (await lock.acquire(instanceId))();
      const deadline = startedAt + timeoutMs;
      for (;;) {
        const detachAt = clock.now();
        const result = await detach();
        if (result.ok || whenStopped === 'FAIL') return result;
        const { instanceStopped, conflict } = result.error.details;
        const isBooting = clock.now() < instance.requestedAt + BOOT_MS;
        const isNotReady = NOT_READY_CODES.some((code) => code === conflict);
        if (!instanceStopped && !(isBooting && isNotReady)) return result;
        if (instanceStopped && whenStopped === 'LEAVE') return 'left';
        const release = await lock.acquire(instanceId);
        // Earlier reads may not show the effect of the last request.
        const isDue = detachAt >= instance.requestedAt + SETTLE_MS && clock.now() < deadline;
        const starts = instanceStopped && isDue && !signal.aborted;
        const waitMs = await (starts ? this.start(target, instance) : Promise.resolve(0)).finally(release);
        const pauseMs = Math.min(Math.max(POLL_INTERVAL_MS, waitMs), Math.max(0, deadline - clock.now()));
        await clock.sleep(pauseMs, signal).catch(() => undefined);
        if (clock.now() < deadline) continue;
        if (instanceStopped) throw notStarted(target, instance.outcome);
        return result;
      }
    } finally {
      instance.detaches -= 1;
      if (instance.detaches === 0) await this.restore(target, instance, warn);
    }
  }

  /**
   * Requests the start of a STOPPED instance.
   * @returns the pause that the API requests, in milliseconds
   * @throws DiagnosticError if the instance cannot be started
   */
  private async start(target: Target, instance: Instance): Promise<number> {
    const { api, clock } = this;
    const { instanceId } = target;
    // The instance is STOPPED, so the effect of an earlier start has ended.
    instance.startedByUs = false;
    if (instance.starts >= MAX_STARTS) throw notStarted(target, instance.outcome);
    try {
      // Without the signal, because an interruption would hide whether the API accepted the request.
      const options = { sendBefore: clock.now() + START_WITHIN_MS };
      const { requestId, instanceIds } = await api.startInstances({ instanceIds: [instanceId] }, options);
      instance.starts += 1;
      instance.startedByUs = !instanceIds.includes(instanceId);
      const verb = instance.startedByUs ? 'accepted, and did not carry out,' : 'refused';
      instance.outcome = `the platform ${verb} StartInstances (requestId ${requestId})`;
    } catch (error) {
      if (!(error instanceof ZecError)) throw error;
      instance.outcome = withoutFullStop(error.message);
      if (error.kind === 'terminal') throw notStarted(target, instance.outcome, error.advice);
      if (error.outcome === 'unknown') instance.startedByUs = 'unknown';
      else if (error.kind === 'transient') return error.retryAfterMs ?? 0;
      else instance.starts += 1;
    }
    instance.requestedAt = clock.now();
    return 0;
  }

  /** Stops the instance after the last detach, if this process started it. */
  private async restore({ nicId, instanceId }: Target, instance: Instance, warn: DeleteOptions['warn']) {
    const release = await this.lock.acquire(instanceId);
    try {
      // Another detach may have started.
      if (instance.detaches > 0) return;
      this.instances.delete(instanceId);
      if (instance.startedByUs === false) return;
      const problem =
        instance.startedByUs === true
          ? await this.stop(instanceId)
          : `It is not certain that this request started it, so it was not stopped: ${instance.outcome}`;
      if (problem === undefined) return;
      warn(
        `Instance ${instanceId} may have been left running`,
        `It was STOPPED, and a start was requested to detach vNIC ${nicId}. ${withoutFullStop(problem)}. ` +
          'Check it in the Zenlayer console, and stop it if it should be stopped.',
      );
    } finally {
      release();
    }
  }

  /** Stops the instance, and waits until it is STOPPED. @returns why that failed */
  private async stop(instanceId: InstanceId): Promise<string | undefined> {
    const { api, clock } = this;
    let problem = 'The API did not respond to StopInstances';
    const timeout = new Error();
    const work = async (signal: AbortSignal): Promise<string | undefined> => {
      let [accepted, sends] = [false, true];
      for (;;) {
        let waitMs = POLL_INTERVAL_MS;
        try {
          if (sends) {
            sends = false;
            // Until then, reads may not show the effect of a request without a response.
            waitMs = SETTLE_MS;
            const request = { instanceIds: [instanceId] };
            const { requestId, instanceIds } = await api.stopInstances(request, { signal });
            accepted = !instanceIds.includes(instanceId);
            if (accepted) waitMs = POLL_INTERVAL_MS;
            const [verb, then] = accepted
              ? ['accepted', ', but the instance did not stop in time']
              : ['refused', ''];
            problem = `The platform ${verb} StopInstances (requestId ${requestId})${then}`;
          } else {
            const found = await describeInstancesById(api, [instanceId], { signal });
            const status = found.get(instanceId)?.status;
            if (status === undefined || status === 'STOPPED') return undefined;
            sends = !accepted && status === 'RUNNING';
          }
        } catch (error) {
          if (!(error instanceof ZecError)) throw error;
          problem = [error.message, error.advice].filter(Boolean).join('. ');
          if (error.kind === 'terminal') return problem;
          waitMs = Math.max(waitMs, error.retryAfterMs ?? 0);
        }
        await clock.sleep(waitMs, signal);
      }
    };
    try {
      return await withTimeout(clock, STOP_MS, () => timeout, undefined, work);
    } catch (error) {
      if (error === timeout) return problem;
      throw error;
    }
  }
}

function notStarted({ nicId, instanceId }: Target, outcome: string, advice?: string): DiagnosticError {
  const summary = `vNIC ${nicId} was not detached from instance ${instanceId}, which is STOPPED and could not be started: ${outcome}`;
  const detail = `${advice ?? 'Start it in the Zenlayer console.'} The attachment remains in state; run destroy again to resume.`;
  return new DiagnosticError(summary, { detail });
}
