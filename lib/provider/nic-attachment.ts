import { ID_PATTERN } from '../contract';
import { DiagnosticError, isUnknown, resource, UNKNOWN } from '../plugin';
import type { ClientContext, PlanRequest, PlanResult, ResourceDefinition, WithPrivate } from '../plugin';
import { ZecError } from '../zec/errors';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { describeError } from './errors';
import { movedTarget } from './moved';
import { nicAttachmentSchema, timeoutMs } from './nic-attachment-schema';
import { driftOf, NOTHING_KEPT, stateOf, targetOf } from './nic-attachment-state';
import { CHECK, Preflight } from './preflight';
import type { PlannedEndpoints } from './preflight';
import { readPrivate, writePrivate } from './private-state';

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
    const [nicPart = '', instancePart, ...rest] = id.split(':');
    if (
      rest.length > 0 ||
      !ID_PATTERN.test(nicPart) ||
      (instancePart !== undefined && !ID_PATTERN.test(instancePart))
    ) {
      throw new DiagnosticError(`Not the id of an attachment: ${JSON.stringify(id.slice(0, 100))}`, {
        detail: 'Import "nicId:instanceId", or "nicId" alone if the vNIC is attached.',
      });
    }
    const nicId = parseNicId(nicPart);
    const wanted = instancePart === undefined ? undefined : parseInstanceId(instancePart);
    const nic = await client.nic(nicId, signal);
    if (nic === undefined) throw new DiagnosticError(`vNIC ${nicId} does not exist`, { detail: CHECK });
    const { instanceId } = nic;
    if (instanceId === undefined) {
      throw new DiagnosticError(`vNIC ${nicId} is attached to no instance`, {
        detail: 'There is nothing to import. Leave the import out, and apply attaches it.',
      });
    }
    if (wanted !== undefined && wanted !== instanceId) {
      throw new DiagnosticError(`vNIC ${nicId} is attached to instance ${instanceId}, not to ${wanted}`, {
        detail: `Import "${attachmentId(nicId, instanceId)}", if that is the attachment you mean.`,
      });
    }
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
  const preflight_error = (await blockerOf({ nicId, instanceId }, context)) ?? UNKNOWN;
  const whole = nicId !== undefined && instanceId !== undefined;
  return { planned: { ...planned, preflight_error, id: whole ? attachmentId(nicId, instanceId) : UNKNOWN } };
}

/** What apply can only fail on, as far as the API could be asked. */
async function blockerOf(endpoints: PlannedEndpoints, context: Context): Promise<string | undefined> {
  const { client, diagnostics, signal } = context;
  try {
    // What a plan that is being carried out needs to know, its create reads itself.
    if (client.tracker.applying || !client.canCheck(diagnostics)) return undefined;
    const { blocker, releasedByPlan } = await new Preflight(client, diagnostics, signal).check(endpoints);
    if (releasedByPlan) context.privateState = writePrivate({ releasedByPlan: true });
    return blocker;
  } catch (error) {
    if (!(error instanceof ZecError)) throw error;
    const { summary, detail } = describeError(error) ?? { summary: error.message };
    diagnostics.warning('The plan could not be checked against the API', [summary, detail].join('. '));
    return undefined;
  }
}
