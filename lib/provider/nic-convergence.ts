import { ConvergenceProgress } from '../handler';
import type { OperationError, Target } from '../handler';
import { attribute, defineSchema, DiagnosticError, resource, types } from '../plugin';
import type { ClientContext, Known, ResourceDefinition } from '../plugin';
import { describeError } from './client';
import type { ProviderClient } from './client';
import { isTimeout, parseAttachmentId, timeoutMs } from './nic-attachment-state';

const nicConvergenceSchema = defineSchema({
  description: 'Waits until all attachments that it names are attached, in one operation.',
  attributes: {
    id: attribute(types.string, { computed: true, stable: true, description: 'Always `convergence`.' }),
    attachments: attribute(types.map(types.string), {
      required: true,
      validate: areAttachments,
      description:
        'The `id` of each attachment (`nicId:instanceId`), by a name. Each should have `wait = false`.',
    }),
    attached_at: attribute(types.map(types.string), {
      optional: true,
      description:
        'The `attached_at` of each attachment, so that one that is created again is waited for again.',
    }),
    timeout: attribute(types.string, {
      optional: true,
      validate: isTimeout,
      description: 'How long attaching may take, such as `90s`, `10m` or `1h30m`. Default `10m`.',
    }),
  },
});

export type NicConvergenceState = Known<typeof nicConvergenceSchema>;

type Schema = typeof nicConvergenceSchema;
type Context = ClientContext<ProviderClient>;

interface Named {
  readonly name: string;
  readonly target: Target;
}

/** An attachment that was not attached, and why. */
interface Failure extends Named {
  readonly error: OperationError;
}

/** `zec_nic_convergence`: waits for many attachments at once. It holds none of them: deleting it detaches nothing. */
export const nicConvergence = resource<Schema, ProviderClient>({
  schema: nicConvergenceSchema,
  create: ({ config }, context) => converged(config, context),
  update: ({ config }, context) => converged(config, context),
  // What became of an attachment its own read shows.
  read: (state) => state,
  delete: () => undefined,
} satisfies ResourceDefinition<Schema, ProviderClient>);

/**
 * Brings every attachment to attached.
 * @throws when one was not: then nothing is recorded, or what was before, so that the next plan shows this again
 */
async function converged(
  config: NicConvergenceState,
  context: Context,
): Promise<{ readonly state: NicConvergenceState }> {
  const { client, log, signal, diagnostics } = context;
  client.tracker.markApplying('creates');
  const all = Object.entries(config.attachments).map(([name, id]) => named(name, id));
  const progress = new ConvergenceProgress(
    all.map(({ target }) => target.nicId),
    client.clock,
    (line) => log.info(line),
  );
  const attach = async ({ name, target }: Named): Promise<readonly Failure[]> => {
    const result = await client.attachments.create(target, {
      timeoutMs: timeoutMs(config.timeout),
      signal,
      releasedByPlan: false,
      onProgress: ({ message, warning }) => {
        log.debug(message, { nic_id: target.nicId, instance_id: target.instanceId });
        if (warning !== undefined) log.warn(warning);
        progress.update(target.nicId, message);
      },
    });
    if (result.ok) progress.attached(target.nicId);
    else progress.failed(target.nicId);
    return result.ok ? [] : [{ name, target, error: result.error }];
  };
  const failures = (await Promise.all(all.map(attach))).flat();
  const [first, ...others] = errorsOf(failures, all.length);
  for (const { message, detail, path } of others) diagnostics.error(message, detail, path);
  if (first !== undefined) throw first;
  return { state: { ...config, id: 'convergence' } };
}

function named(name: string, id: string | null): Named {
  const target = parseAttachmentId(id ?? '');
  if (target === undefined) {
    throw new DiagnosticError(`Not the id of an attachment: ${JSON.stringify((id ?? '').slice(0, 100))}`, {
      detail: 'Each value of "attachments" is "nicId:instanceId".',
      path: ['attachments', { key: name }],
    });
  }
  return { name, target };
}

/** One error for each; for those that were interrupted one together. */
function errorsOf(failures: readonly Failure[], total: number): readonly DiagnosticError[] {
  const interrupted = failures.filter(({ error }) => error.reason === 'interrupted');
  return [
    ...failures.filter((each) => !interrupted.includes(each)).map(failureError),
    ...(interrupted.length === 0 ? [] : [interruptedError(interrupted, total)]),
  ];
}

function failureError({ name, error }: Failure): DiagnosticError {
  const { summary = error.headline, detail = '' } = describeError(error) ?? {};
  const next = `Attachment ${JSON.stringify(name)} remains in state: the next plan reads it, and creates it again if it is missing.`;
  return new DiagnosticError(summary, {
    detail: `${detail}\n${next}`,
    path: ['attachments', { key: name }],
    cause: error,
  });
}

function interruptedError(interrupted: readonly Failure[], total: number): DiagnosticError {
  const names = interrupted.map(({ target }) => target.nicId);
  return new DiagnosticError(`Interrupted while ${names.length} of ${total} vNICs were not attached yet`, {
    detail: `They may become attached: ${names.join(', ')}. All remain in state; apply again to finish, or destroy to detach them.`,
  });
}

function areAttachments(ids: Readonly<Record<string, string | null>>): string | undefined {
  const wrong = Object.entries(ids).find(([, id]) => id === null || parseAttachmentId(id) === undefined);
  return wrong === undefined
    ? undefined
    : `The value of ${JSON.stringify(wrong[0].slice(0, 100))} is invalid: expected "nicId:instanceId", the id of an attachment.`;
}
