import { showDuration } from '../duration';
import type {
  Attachment,
  CreateResult,
  DeleteResult,
  NicAttachmentHandler,
  ReadResult,
  Target,
} from '../handler';
import { systemClock } from '../zec/clock';
import type { Session } from './command';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { progressPrinter } from './output';
import { withHandler } from './with-handler';

/** What an operation has to say: one sentence for people, one object for machines. */
interface Report {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly exit: ExitCode;
}

interface Operation {
  readonly name: 'create' | 'read' | 'delete';
  readonly target: Target;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/**
 * Runs `create`, `read` or `delete`, and says what came of it.
 * @throws SettingsError, OperationError, ZecError
 */
export async function runOperation(operation: Operation, session: Session): Promise<ExitCode> {
  const startedAt = systemClock.now();
  const { signal } = session;
  const options = { timeoutMs: operation.timeoutMs, signal, onProgress: progressPrinter(session) };
  // A process has one attachment to look at: nothing to wait for that could share its requests.
  return withHandler(session, { batchWindowMs: 0 }, async (handler) => {
    const { text, json, exit } = await report(handler);
    const elapsedMs = Math.round(systemClock.now() - startedAt);
    session.out(operation.json ? `${JSON.stringify({ ok: true, ...json, elapsedMs })}\n` : `${text}\n`);
    return exit;
  });

  async function report(handler: NicAttachmentHandler): Promise<Report> {
    switch (operation.name) {
      case 'create':
        return created(unwrap(await handler.create(operation.target, options)), startedAt);
      case 'delete':
        return deleted(operation.target, unwrap(await handler.delete(operation.target, options)), startedAt);
      case 'read':
        return seen(await handler.read(operation.target, { signal }));
    }
  }
}

function unwrap<T extends CreateResult | DeleteResult>(result: T): Extract<T, { ok: true }> {
  if (!result.ok) throw result.error;
  return result as Extract<T, { ok: true }>;
}

function created({ attachment, adopted }: Extract<CreateResult, { ok: true }>, startedAt: number): Report {
  const relation = `vNIC ${attachment.nicId} is attached to instance ${attachment.instanceId}`;
  return {
    text: adopted ? `${relation}; it already was, so it was adopted` : `${relation} (${took(startedAt)})`,
    json: { state: 'attached', adopted, ...described(attachment) },
    exit: EXIT.done,
  };
}

function deleted(
  { nicId, instanceId }: { nicId: string; instanceId: string },
  { alreadyDetached, heldBy }: Extract<DeleteResult, { ok: true }>,
  startedAt: number,
): Report {
  const relation = `vNIC ${nicId} is not attached to instance ${instanceId}`;
  const how = alreadyDetached ? 'nothing had to be done' : took(startedAt);
  const where = heldBy === undefined ? '' : `; instance ${heldBy} holds it, and it was left alone`;
  return {
    text: `${relation} (${how})${where}`,
    json: {
      state: 'detached',
      alreadyDetached,
      nicId,
      instanceId,
      ...(heldBy === undefined ? {} : { heldBy }),
    },
    exit: EXIT.done,
  };
}

function seen({ state, view, attachment }: ReadResult): Report {
  const words = {
    attached: 'is attached',
    changing: 'is on its way to or from being attached',
    detached: 'is not attached',
  };
  const nic = `vNIC ${view.nicStatus ?? 'missing'}${view.owner === 'other' ? ` by instance ${view.ownerId ?? ''}` : ''}`;
  return {
    text: `vNIC ${attachment.nicId} ${words[state]} to instance ${attachment.instanceId} (${nic}, instance ${view.instanceStatus ?? 'missing'})`,
    json: { state, ...described(attachment) },
    exit: state === 'attached' ? EXIT.done : EXIT.notAttached,
  };
}

function described({ id, nicId, instanceId, nic, instance }: Attachment): Record<string, unknown> {
  return { id, nicId, instanceId, nic: nic ?? null, instance: instance ?? null };
}

function took(startedAt: number): string {
  return `took ${showDuration(systemClock.now() - startedAt)}`;
}
