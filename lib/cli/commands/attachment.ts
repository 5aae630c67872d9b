import { DEFAULT_TIMEOUT_SECONDS, ENV, MAX_TIMEOUT_SECONDS } from '../../contract';
import { formatDuration } from '../../duration';
import { NicAttachmentHandler } from '../../handler';
import type { Attachment, OperationOptions, ProgressEvent, ReadResult, Target } from '../../handler';
import { withConnection } from '../../zec/client';
import { systemClock } from '../../zec/clock';
import { InvalidIdError, parseIds } from '../../zec/ids';
import { EXIT, orUsageError, UsageError, type ExitCode } from '../errors';
import type { Session } from '../session';
import { durationBetween } from '../values';

const DEFAULT_TIMEOUT = `${DEFAULT_TIMEOUT_SECONDS}s`;

/** Options of the command line. Missing ones are read from the environment, where the local-exec runner sets them. */
export interface AttachmentOptions {
  readonly nicId?: string;
  readonly instanceId?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** @throws UsageError, SettingsError, OperationError */
export function create(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  const target = targetOf(session, options);
  return runOperation(session, options, async (handler, operationOptions, elapsed) => {
    const result = await handler.create(target, operationOptions);
    if (!result.ok) throw result.error;
    const { attachment, adopted } = result;
    const how = adopted ? 'already attached; adopted' : elapsed();
    return {
      text: `vNIC ${attachment.nicId} is attached to instance ${attachment.instanceId} (${how})`,
      json: { state: 'attached', adopted, ...attachmentJson(attachment) },
    };
  });
}

const NOT_FOUND =
  'the vNIC was not found: it was deleted, or it belongs to another account than the credentials';

/** @throws UsageError, SettingsError, OperationError */
export async function remove(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  let target: Target;
  try {
    target = targetOf(session, options);
  } catch (error) {
    const { env } = session;
    const { nicId = env[ENV.nicId], instanceId = env[ENV.instanceId] } = options;
    const isFromTerraform = nicId === env[ENV.nicId] && instanceId === env[ENV.instanceId];
    const isMalformed = error instanceof UsageError && error.cause instanceof InvalidIdError;
    if (!isMalformed || !isFromTerraform) throw error;
    // Without this, a stack that once declared a malformed ID could never be destroyed.
    session.out(`nothing to detach, because create rejects this ID: ${error.message}\n`);
    return EXIT.done;
  }
  const { nicId, instanceId } = target;
  return runOperation(session, options, async (handler, operationOptions, elapsed) => {
    const result = await handler.delete(target, operationOptions);
    if (!result.ok) throw result.error;
    const { alreadyDetached, nicFound, heldBy } = result;
    const unchanged = nicFound ? 'already detached' : NOT_FOUND;
    const how = alreadyDetached ? unchanged : elapsed();
    const other = heldBy === undefined ? '' : `; it remains attached to instance ${heldBy}`;
    return {
      text: `vNIC ${nicId} is not attached to instance ${instanceId} (${how})${other}`,
      json: { state: 'detached', alreadyDetached, nicFound, nicId, instanceId, heldBy },
    };
  });
}

const RELATIONS: Readonly<Record<ReadResult['state'], string>> = {
  attached: 'is attached to',
  changing: 'is being attached to or detached from',
  detached: 'is not attached to',
};

/** @throws UsageError, SettingsError, ZecError */
export function read(session: Session, options: AttachmentOptions): Promise<ExitCode> {
  const target = targetOf(session, options);
  return runOperation(session, options, async (handler, { signal }) => {
    const { state, view, attachment } = await handler.read(target, { signal });
    const owner = view.owner === 'other' ? ` by instance ${view.ownerId ?? ''}` : '';
    const statuses = `vNIC ${view.nicStatus ?? 'missing'}${owner}, instance ${view.instanceStatus ?? 'missing'}`;
    return {
      text: `vNIC ${target.nicId} ${RELATIONS[state]} instance ${target.instanceId} (${statuses})`,
      json: { state, ...attachmentJson(attachment) },
      exit: state === 'attached' ? EXIT.done : EXIT.notAttached,
    };
  });
}

function attachmentJson(attachment: Attachment): Record<string, unknown> {
  return { ...attachment, nic: attachment.nic ?? null, instance: attachment.instance ?? null };
}

function runOperation(
  session: Session,
  { timeout, json }: AttachmentOptions,
  operation: (
    handler: NicAttachmentHandler,
    options: OperationOptions & { readonly signal: AbortSignal },
    elapsed: () => string,
  ) => Promise<{ readonly text: string; readonly json: object; readonly exit?: ExitCode }>,
): Promise<ExitCode> {
  const requested = [timeout, session.env[ENV.timeout]].find((each) => each !== undefined && each !== '');
  const options = {
    timeoutMs: durationBetween('timeout', 1, MAX_TIMEOUT_SECONDS * 1000, requested ?? DEFAULT_TIMEOUT),
    signal: session.signal,
    onProgress: progressPrinter(session),
  };
  const startedAt = systemClock.now();
  const elapsed = () => `took ${formatDuration(systemClock.now() - startedAt)}`;
  return withConnection(session.settings(), async ({ api, inFlight }) => {
    // With a single attachment, there are no other reads to batch.
    const handler = new NicAttachmentHandler(api, { batchWindowMs: 0, inFlight });
    const output = await operation(handler, options, elapsed);
    const elapsedMs = Math.round(systemClock.now() - startedAt);
    const line = json === true ? JSON.stringify({ ok: true, ...output.json, elapsedMs }) : output.text;
    session.out(`${line}\n`);
    return output.exit ?? EXIT.done;
  });
}

/** @throws UsageError */
function targetOf({ env }: Session, options: AttachmentOptions): Target {
  const required = (flag: string, value: string | undefined, name: string) => {
    const id = value ?? env[name] ?? '';
    if (id === '') throw new UsageError(`${flag} is missing, and ${name} is not set`);
    return id;
  };
  const nicId = required('--nic-id', options.nicId, ENV.nicId);
  const instanceId = required('--instance-id', options.instanceId, ENV.instanceId);
  return orUsageError(InvalidIdError, () => parseIds(nicId, instanceId));
}

/** Longest interval between progress lines of a waiting operation, in milliseconds. */
const MAX_SILENCE_MS = 10_000;

/** Prints a progress line whenever it changes, and at least every ten seconds. */
export function progressPrinter(session: Session): (event: ProgressEvent) => void {
  let lastText = '';
  let lastAt = -MAX_SILENCE_MS;
  const warn = warningPrinter(session);
  return (event) => {
    warn(event);
    const { nicStatus, instanceStatus = 'missing', message, elapsedMs } = event;
    const text =
      nicStatus === undefined ? message : `vNIC ${nicStatus}, instance ${instanceStatus}: ${message}`;
    if (text === lastText && elapsedMs - lastAt < MAX_SILENCE_MS) return;
    lastText = text;
    lastAt = elapsedMs;
    session.err(`${formatDuration(elapsedMs).padStart(8)}  ${text}\n`);
  };
}

/** Prints each distinct warning of the progress events once. */
export function warningPrinter(session: Session): (event: ProgressEvent) => void {
  const warned = new Set<string>();
  return ({ warning }) => {
    if (warning === undefined || warned.has(warning)) return;
    warned.add(warning);
    session.err(`warning: ${warning}\n`);
  };
}
