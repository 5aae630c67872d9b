import { DEFAULT_TIMEOUT_SECONDS, ENV, MAX_TIMEOUT_SECONDS } from '../../contract';
import { showDuration } from '../../duration';
import { NicAttachmentHandler } from '../../handler';
import type { Attachment, HandlerOptions, ProgressEvent, ReadResult, Target } from '../../handler';
import { systemClock } from '../../zec/clock';
import { connect } from '../../zec/connect';
import { InvalidIdError, parseInstanceId, parseNicId } from '../../zec/ids';
import { EXIT, UsageError } from '../errors';
import type { ExitCode } from '../errors';
import type { Session } from '../session';
import { checkedId, durationBetween } from '../values';

/** As the command line gives them; what is missing comes from the environment, as the local-exec runner passes it. */
export interface AttachmentOptions {
  readonly nicId?: string;
  readonly instanceId?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** What an operation has to say: one sentence for people, one object for machines. */
interface Report {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly exit?: ExitCode;
}

/** @throws UsageError, SettingsError, OperationError */
export function create(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  const target = targetOf(session, options);
  return run(session, options, async (handler, waiting, took) => {
    const result = await handler.create(target, waiting);
    if (!result.ok) throw result.error;
    const { attachment, adopted } = result;
    const relation = `vNIC ${attachment.nicId} is attached to instance ${attachment.instanceId}`;
    return {
      text: adopted ? `${relation}; it already was, so it was adopted` : `${relation} (${took()})`,
      json: { state: 'attached', adopted, ...described(attachment) },
    };
  });
}

/** @throws UsageError, SettingsError, OperationError */
export async function remove(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  const nicId = given('--nic-id', options.nicId, session, ENV.nicId);
  const instanceId = given('--instance-id', options.instanceId, session, ENV.instanceId);
  let target: Target;
  try {
    target = { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error;
    const { env } = session;
    if (nicId !== env[ENV.nicId] || instanceId !== env[ENV.instanceId]) {
      throw new UsageError(error.message, { cause: error });
    }
    // Terraform asks. Else a stack that once declared a wrong id could never be destroyed.
    session.out(`nothing to detach, since create refuses such an id: ${error.message}\n`);
    return EXIT.done;
  }
  return run(session, options, async (handler, waiting, took) => {
    const result = await handler.delete(target, waiting);
    if (!result.ok) throw result.error;
    const { alreadyDetached, heldBy } = result;
    const how = alreadyDetached ? 'nothing had to be done' : took();
    const where = heldBy === undefined ? '' : `; instance ${heldBy} holds it, and it was left alone`;
    return {
      text: `vNIC ${nicId} is not attached to instance ${instanceId} (${how})${where}`,
      json: {
        state: 'detached',
        alreadyDetached,
        nicId,
        instanceId,
        ...(heldBy === undefined ? {} : { heldBy }),
      },
    };
  });
}

/** @throws UsageError, SettingsError, ZecError */
export function read(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  const target = targetOf(session, options);
  return run(session, options, async (handler, { signal }) => seen(await handler.read(target, { signal })));
}

function seen({ state, view, attachment }: ReadResult): Report {
  const words = {
    attached: 'is attached',
    changing: 'is on its way to or from being attached',
    detached: 'is not attached',
  };
  const { nicId, instanceId } = attachment;
  const holder = view.owner === 'other' ? ` by instance ${view.ownerId ?? ''}` : '';
  const statuses = `vNIC ${view.nicStatus ?? 'missing'}${holder}, instance ${view.instanceStatus ?? 'missing'}`;
  return {
    text: `vNIC ${nicId} ${words[state]} to instance ${instanceId} (${statuses})`,
    json: { state, ...described(attachment) },
    exit: state === 'attached' ? EXIT.done : EXIT.notAttached,
  };
}

function described({ id, nicId, instanceId, nic, instance }: Attachment): Record<string, unknown> {
  return { id, nicId, instanceId, nic: nic ?? null, instance: instance ?? null };
}

interface Waiting {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (event: ProgressEvent) => void;
}

/** Runs an operation, and prints what came of it. */
async function run(
  session: Session,
  { timeout, json }: AttachmentOptions,
  operation: (handler: NicAttachmentHandler, waiting: Waiting, took: () => string) => Promise<Report>,
): Promise<ExitCode> {
  const asked = [timeout, session.env[ENV.timeout]].find((each) => each !== undefined && each !== '');
  const timeoutMs = durationBetween(
    'timeout',
    1,
    MAX_TIMEOUT_SECONDS * 1000,
    asked ?? `${DEFAULT_TIMEOUT_SECONDS}s`,
  );
  const waiting = { timeoutMs, signal: session.signal, onProgress: progressPrinter(session) };
  const startedAt = systemClock.now();
  const took = () => `took ${showDuration(systemClock.now() - startedAt)}`;
  // A process has one attachment to look at: nothing to wait for that could share its requests.
  return withHandler(session, { batchWindowMs: 0 }, async (handler) => {
    const report = await operation(handler, waiting, took);
    const elapsedMs = Math.round(systemClock.now() - startedAt);
    const line = json === true ? JSON.stringify({ ok: true, ...report.json, elapsedMs }) : report.text;
    session.out(`${line}\n`);
    return report.exit ?? EXIT.done;
  });
}

function targetOf(session: Session, { nicId, instanceId }: AttachmentOptions): Target {
  const nic = given('--nic-id', nicId, session, ENV.nicId);
  const instance = given('--instance-id', instanceId, session, ENV.instanceId);
  return checkedId(() => ({ nicId: parseNicId(nic), instanceId: parseInstanceId(instance) }));
}

function given(flag: string, value: string | undefined, { env }: Session, name: string): string {
  const found = value ?? env[name] ?? '';
  if (found === '') throw new UsageError(`${flag} is missing, and ${name} is not set`);
  return found;
}

/**
 * Calls `use` with a handler that shares rate and in-flight requests with the other processes of this user.
 * @throws SettingsError; what `use` throws
 */
export async function withHandler<T>(
  session: Session,
  options: Pick<HandlerOptions, 'batchWindowMs'>,
  use: (handler: NicAttachmentHandler) => Promise<T>,
): Promise<T> {
  const { api, inFlight } = connect(session.settings());
  try {
    return await use(new NicAttachmentHandler(api, { ...options, inFlight }));
  } finally {
    await api.close();
  }
}

/** How long nothing may be said while an operation waits, in milliseconds. */
const QUIET_MS = 10_000;

/** Prints progress events: one whenever something changes, and one every ten seconds while nothing does. */
export function progressPrinter(session: Session): (event: ProgressEvent) => void {
  let lastText = '';
  let lastAt = -QUIET_MS;
  const warn = warningPrinter(session);
  return (event) => {
    warn(event);
    const { nicStatus, instanceStatus = 'missing', message, elapsedMs } = event;
    const text =
      nicStatus === undefined ? message : `vNIC ${nicStatus}, instance ${instanceStatus}: ${message}`;
    if (text === lastText && elapsedMs - lastAt < QUIET_MS) return;
    lastText = text;
    lastAt = elapsedMs;
    session.err(`${showDuration(elapsedMs).padStart(8)}  ${text}\n`);
  };
}

/** Prints the warnings of progress events, each once. */
export function warningPrinter(session: Session): (event: ProgressEvent) => void {
  const warned = new Set<string>();
  return ({ warning }) => {
    if (warning === undefined || warned.has(warning)) return;
    warned.add(warning);
    session.err(`warning: ${warning}\n`);
  };
}
