import { ConvergenceProgress, type OperationError, type Target } from '../handler';
import { withoutFullStop } from '../handler/errors';
import { attribute, defineSchema, DiagnosticError, resource, types } from '../plugin';
import type { ClientContext, KnownValues, ResourceDefinition } from '../plugin';
import { parseIds } from '../zec/ids';
import type { ProviderClient } from './client';
import { validateTimeout, parseAttachmentId, timeoutMs } from './nic-attachment-state';

const nicConvergenceSchema = defineSchema({
  description:
    'Waits in one operation until all listed attachments are attached, and attaches those that are not. Its destroy detaches ' +
    'nothing, so each listed attachment needs a `zec_nic_attachment`.',
  attributes: {
    id: attribute(types.string, { computed: true, stable: true, description: 'Always `convergence`.' }),
    attachments: attribute(types.map(types.string), {
      required: true,
      validate: validateAttachments,
      description:
        'The `id` (`nicId:instanceId`) of each attachment by name. Each attachment should have `wait = false`.',
    }),
    attached_at: attribute(types.map(types.string), {
      optional: true,
      description:
        'The `attached_at` of each attachment by name, so that a recreated attachment is waited for again.',
    }),
    timeout: attribute(types.string, {
      optional: true,
      validate: validateTimeout,
      description: 'The timeout, such as `90s`, `10m` or `1h30m`. Default `10m`.',
    }),
  },
});

type ConvergenceSchema = typeof nicConvergenceSchema;
export type NicConvergenceState = KnownValues<ConvergenceSchema>;

interface FailedAttachment {
  readonly name: string;
  readonly nicId: string;
  readonly error: OperationError;
}

/** The resource `zec_nic_convergence`: waits for many attachments at once. Deleting it detaches nothing. */
export const nicConvergence = resource<ConvergenceSchema, ProviderClient>({
  schema: nicConvergenceSchema,
  create: ({ config }, context) => converge(config, context),
  update: ({ planned }, context) => converge(planned as NicConvergenceState, context),
  // Each attachment resource detects its own drift.
  read: (state) => state,
  delete: () => undefined,
} satisfies ResourceDefinition<ConvergenceSchema, ProviderClient>);

/**
 * Attaches all attachments.
 * @throws when one fails. Terraform then keeps the prior state, or none, so that the next plan includes this again.
 */
async function converge(
  config: NicConvergenceState,
  context: ClientContext<ProviderClient>,
): Promise<{ readonly state: NicConvergenceState }> {
  const { client, log, signal, diagnostics } = context;
  client.tracker.markApplying();
  const all = Object.entries(config.attachments).map(([name, id]) => [name, targetOf(id)] as const);
  const nicIds = all.map(([, { nicId }]) => nicId);
  const progress = new ConvergenceProgress(nicIds, client.clock, (line) => log.info(line));
  const attach = async ([name, target]: readonly [string, Target]): Promise<FailedAttachment[]> => {
    const result = await client.attachments.create(target, {
      timeoutMs: timeoutMs(config.timeout),
      signal,
      onProgress: ({ message, warning }) => {
        log.debug(message, { nic_id: target.nicId, instance_id: target.instanceId });
        if (warning !== undefined) log.warn(warning);
        progress.update(target.nicId, message);
      },
    });
    if (result.ok) progress.attached(target.nicId);
    else progress.failed(target.nicId);
    return result.ok ? [] : [{ name, nicId: target.nicId, error: result.error }];
  };
  const failures = (await Promise.all(all.map(attach))).flat();
  const [first, ...others] = errorsOf(failures, all.length);
  for (const { message, detail, path } of others) diagnostics.error(message, detail, path);
  if (first !== undefined) throw first;
  return { state: { ...config, id: 'convergence' } };
}

/** Parses an ID that is validated, or comes from an attachment. */
function targetOf(id: string | null): Target {
  const [nicId = '', instanceId = ''] = (id ?? '').split(':');
  return parseIds(nicId, instanceId);
}

/** One error per failed attachment, and a single one for all interrupted attachments. */
function errorsOf(failures: readonly FailedAttachment[], total: number): readonly DiagnosticError[] {
  const interrupted = failures.filter(({ error }) => error.reason === 'interrupted');
  const errors = failures.filter((each) => !interrupted.includes(each)).map(failureError);
  if (interrupted.length === 0) return errors;
  const summary = `Interrupted before ${interrupted.length} of ${total} vNICs were attached`;
  const nicIds = interrupted.map(({ nicId }) => nicId).join(', ');
  const detail = `These may still become attached: ${nicIds}. All remain in state: run apply again to finish, or destroy to detach them.`;
  return [...errors, new DiagnosticError(summary, { detail })];
}

function failureError({ name, error }: FailedAttachment): DiagnosticError {
  const next = `Attachment ${JSON.stringify(name)} remains in state: the next plan reads it, and recreates it if it is missing.`;
  const path = ['attachments', { key: name }];
  const detail = `${error.explanation}\n${next}`;
  return new DiagnosticError(withoutFullStop(error.headline), { detail, path, cause: error });
}

function validateAttachments(ids: Readonly<Record<string, string | null>>): string | undefined {
  const invalid = Object.entries(ids).find(([, id]) => id === null || parseAttachmentId(id) === undefined);
  return invalid === undefined
    ? undefined
    : `The value of ${JSON.stringify(invalid[0].slice(0, 100))} is invalid: expected "nicId:instanceId".`;
}
