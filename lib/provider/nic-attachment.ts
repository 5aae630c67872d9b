import { DiagnosticError, isUnknown, resource, UNKNOWN } from '../plugin';
import type { ClientContext, PlanRequest, PlanResult, ResourceDefinition, WithPrivate } from '../plugin';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { importedTarget, movedTarget } from './import-and-move';
import {
  driftOf,
  nicAttachmentSchema,
  NOTHING_KEPT,
  readPrivate,
  stateOf,
  targetOf,
  timeoutMs,
  writePrivate,
} from './nic-attachment-state';
import { checkPlanned } from './preflight';

type Schema = typeof nicAttachmentSchema;
type Context = ClientContext<ProviderClient> & WithPrivate;
type Definition = ResourceDefinition<Schema, ProviderClient>;

/** `zec_nic_attachment`: the attachment of a vNIC to an instance. */
export const nicAttachment = resource<Schema, ProviderClient>({
  schema: nicAttachmentSchema,
  plan,
  create: async ({ planned, config }, context) => {
    if (typeof planned.preflight_error === 'string') throw new DiagnosticError(planned.preflight_error);
    const target = targetOf(config);
    context.client.tracker.markApplying('creates');
    const { client, log } = context;
    const waits = config.wait !== false;
    const seen = waits ? undefined : await client.recent(target, context.signal);
    const attach = () =>
      client.attachments.create(target, {
        timeoutMs: timeoutMs(config.timeouts?.create),
        signal: context.signal,
        releasedByPlan: readPrivate(context.privateState).releasedByPlan === true,
        seen,
        until: waits ? 'converged' : 'requested',
        onProgress: ({ message, warning }) => {
          log.info(message, { nic_id: target.nicId, instance_id: target.instanceId });
          if (warning !== undefined) log.warn(warning);
        },
      });
    const result = waits
      ? await client.parallelism.run(attach, (message) => log.warn(message))
      : await attach();
    const endedAt = client.clock.wall();
    context.privateState = writePrivate(waits ? {} : { acceptedAt: endedAt });
    if (!result.ok) {
      // Known clean: no record. Else a tainted one, so that a later destroy detaches.
      if (result.error.details.leftBehind === 'nothing') throw result.error;
      context.privateState = writePrivate({ failedAt: endedAt });
      return {
        state: { ...planned, id: attachmentId(target.nicId, target.instanceId) },
        error: result.error,
      };
    }
    if (result.adopted) {
      context.diagnostics.warning(
        `vNIC ${target.nicId} was already attached to instance ${target.instanceId}`,
        'The attachment was adopted as it is, and is now managed here: a destroy will detach it.',
      );
    }
    const kept = { ...config, attached_at: new Date(endedAt).toISOString() };
    return { state: stateOf(target, result.attachment.nic, kept) };
  },
  read: async (state, context) => {
    context.client.tracker.recordActivity();
    const target = targetOf(state);
    const { failedAt, acceptedAt } = readPrivate(context.privateState);
    await context.client.settle(failedAt, context.signal);
    let result = await context.client.read(target, context.signal, failedAt === undefined);
    if (result.state === 'detached' && acceptedAt !== undefined) {
      // A read may lag behind the request that was accepted.
      await context.client.settle(acceptedAt, context.signal);
      result = await context.client.read(target, context.signal, false);
    }
    const { state: relation, view, attachment } = result;
    if (relation === 'attached' && acceptedAt !== undefined) context.privateState = writePrivate({});
    if (relation === 'detached') {
      context.client.tracker.recordActivity();
      context.diagnostics.warning(...driftOf(target, view));
      return null;
    }
    if (view.owner === 'none') return state;
    return stateOf(target, attachment.nic, state);
  },
  // Only what is not in the cloud can change without a replacement.
  update: ({ prior, config: { wait, timeouts } }) => ({ state: { ...prior, wait, timeouts } }),
  delete: async (state, context) => {
    const target = targetOf(state);
    context.client.tracker.markApplying('removals');
    const options = {
      timeoutMs: timeoutMs(state.timeouts?.delete),
      signal: context.signal,
      onProgress: ({ message }: { readonly message: string }) =>
        context.log.info(message, { nic_id: target.nicId }),
    };
    const { failedAt } = readPrivate(context.privateState);
    const result = await context.client.attachments.delete(target, options, () =>
      context.client.settle(failedAt, context.signal),
    );
    if (result === 'kept') {
      context.log.info('the attachment goes on under another name', { nic_id: target.nicId });
    } else if (!result.ok) {
      throw result.error;
    }
  },
  importState: async (id, { client, signal }) => {
    const { nicId, instanceId } = await importedTarget(id, client, signal);
    return { id: attachmentId(nicId, instanceId), nic_id: nicId, instance_id: instanceId };
  },
  moveState: (request, context) => {
    const target = movedTarget(request, context);
    return target === undefined ? undefined : stateOf(target, undefined, NOTHING_KEPT);
  },
} satisfies Definition);

async function plan(
  { planned, prior, action }: PlanRequest<Schema>,
  context: Context,
): Promise<PlanResult<Schema> | undefined> {
  const { tracker } = context.client;
  tracker.recordActivity();
  if (prior !== null && (action === 'destroy' || action === 'replace')) tracker.willDetach(targetOf(prior));
  if (planned === null) return undefined;
  if (action === 'update') return { planned: { ...planned, preflight_error: null } };
  if (action !== 'create') return undefined;
  const { nic_id, instance_id } = planned;
  const nicId = isUnknown(nic_id) || nic_id === null ? undefined : parseNicId(nic_id);
  const instanceId =
    isUnknown(instance_id) || instance_id === null ? undefined : parseInstanceId(instance_id);
  if (instanceId !== undefined) tracker.willAttach(nicId, instanceId);
  const preflight_error = (await checkPlanned({ nicId, instanceId }, context)) ?? UNKNOWN;
  const whole = nicId !== undefined && instanceId !== undefined;
  return { planned: { ...planned, preflight_error, id: whole ? attachmentId(nicId, instanceId) : UNKNOWN } };
}
