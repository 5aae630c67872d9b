import { DiagnosticError, resource, UNKNOWN } from '../plugin';
import type { PlannedValues, PlanRequest, ResourceContext, ResourceDefinition } from '../plugin';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { importedTarget, movedTarget } from './import-and-move';
import { checkMove } from './move-check';
import { nicAttachmentList } from './nic-attachment-list';
import {
  driftWarning,
  managedTwiceWarning,
  staysAttachedWarning,
  nicAttachmentSchema,
  readPrivate,
  stateOf,
  targetOf,
  timeoutMs,
  whenStopped,
  writePrivate,
  type NicAttachmentState,
} from './nic-attachment-state';
import { checkCreate, checkDelete } from './preflight';

type AttachmentSchema = typeof nicAttachmentSchema;
type AttachmentDefinition = ResourceDefinition<AttachmentSchema, ProviderClient>;

/** The resource `zec_nic_attachment`. */
export const nicAttachment = resource<AttachmentSchema, ProviderClient>({
  schema: nicAttachmentSchema,
  // A vNIC has at most one attachment.
  identity: 'nic_id',
  list: nicAttachmentList,
  plan,
  create: async ({ planned, config }, context) => {
    if (typeof planned.preflight_error === 'string') throw new DiagnosticError(planned.preflight_error);
    const target = targetOf(config);
    context.client.tracker.markApplying();
    const { client, log } = context;
    const waits = config.wait !== false;
    const recentObservation = waits ? undefined : await client.recentObservation(target, context.signal);
    const result = await client.attachments.create(target, {
      timeoutMs: timeoutMs(config.timeouts?.create),
      signal: context.signal,
      recentObservation,
      until: waits ? 'converged' : 'requested',
      onProgress: ({ message, warning }) => {
        log.info(message, { nic_id: target.nicId, instance_id: target.instanceId });
        if (warning !== undefined) log.warn(warning);
      },
    });
    const endedAt = client.clock.wall();
    context.privateState = writePrivate({});
    if (!result.ok) {
      // Keep a tainted resource if the vNIC may be attached, so that a destroy detaches it.
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
        'The existing attachment was adopted and is now managed by this resource: a destroy will detach it.',
      );
    }
    const offlineMs = waits ? client.attachments.offlineMs(target.nicId) : undefined;
    if (offlineMs !== undefined) {
      const seconds = (offlineMs / 1000).toFixed(1);
      log.info(`vNIC ${target.nicId} was offline for about ${seconds} s`, { nic_id: target.nicId });
    }
    const kept = { ...config, attached_at: new Date(endedAt).toISOString() };
    return { state: stateOf(target, result.attachment.nic, kept) };
  },
  read: async (state, context) => {
    const { client, diagnostics, signal } = context;
    const target = targetOf(state);
    client.tracker.willRead(target);
    const { failedAt } = readPrivate(context.privateState);
    await client.waitForConsistentReads(failedAt, signal);
    const attachedAt = Date.parse(state.attached_at ?? '');
    const mayLag = client.lagMs(attachedAt) > 0;
    let result = await client.read(target, signal, failedAt === undefined);
    if (result.state === 'detached' && mayLag) {
      await client.waitForConsistentReads(attachedAt, signal);
      result = await client.read(target, signal, false);
    }
    const { view, attachment } = result;
    if (result.state === 'detached') {
      client.tracker.wasPlanned(target);
      diagnostics.warning(...driftWarning(target, view));
      return null;
    }
    client.tracker.recordActivity();
    const firstRead = client.tracker.firstReport(attachmentId(target.nicId, target.instanceId));
    if (!firstRead) diagnostics.warning(...managedTwiceWarning(target));
    if (view.owner === 'none') return state;
    return stateOf(target, attachment.nic, state);
  },
  // Changes of other attributes than `wait`, `timeouts` and the options of a destroy require replacement.
  update: ({ planned }) => ({ state: planned as NicAttachmentState }),
  delete: async (state, context) => {
    const target = targetOf(state);
    context.client.tracker.markApplying();
    const { replacement, ...kept } = readPrivate(context.privateState);
    const options = {
      timeoutMs: timeoutMs(state.timeouts?.delete),
      whenStopped: whenStopped(state.when_stopped, replacement !== undefined),
      warn: (summary: string, detail: string) => context.diagnostics.warning(summary, detail),
      signal: context.signal,
      onProgress: ({ message }: { readonly message: string }) =>
        context.log.info(message, { nic_id: target.nicId }),
    };
    if (state.skip_destroy === true && replacement === undefined) {
      context.log.info('skip_destroy is set: the vNIC stays attached', { nic_id: target.nicId });
      return;
    }
    // After a failed delete, the next plan may not be a replacement.
    context.privateState = writePrivate(kept);
    const result = await context.client.attachments.delete(target, options, async (isRenamed) => {
      if (replacement !== undefined)
        await checkMove(target, replacement, options.timeoutMs, isRenamed, context);
      await context.client.waitForConsistentReads(kept.failedAt, context.signal);
    });
    if (result === 'skipped') {
      context.log.info('now managed at another address; skipping detach', { nic_id: target.nicId });
    } else if (result === 'left') {
      context.diagnostics.warning(
        ...staysAttachedWarning(target, 'its instance is STOPPED and when_stopped is LEAVE'),
      );
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
    return target && stateOf(target);
  },
} satisfies AttachmentDefinition);

async function plan(
  { planned, prior, action }: PlanRequest<AttachmentSchema>,
  context: ResourceContext<ProviderClient>,
): Promise<PlannedValues<AttachmentSchema> | undefined> {
  const { tracker } = context.client;
  tracker.recordActivity();
  const { replacement, ...kept } = readPrivate(context.privateState);
  // Data of an earlier plan is outdated.
  context.privateState = writePrivate(kept);
  if (prior !== null) {
    tracker.wasPlanned(targetOf(prior));
    if (action === 'destroy' && prior.skip_destroy === true) {
      context.diagnostics.warning(...staysAttachedWarning(targetOf(prior), 'skip_destroy is set'));
    } else if (action === 'destroy' || action === 'replace') {
      tracker.willDetach(targetOf(prior));
      await checkDelete(targetOf(prior), whenStopped(prior.when_stopped, action === 'replace'), context);
    }
  }
  if (planned === null || action === 'none') return undefined;
  if (action === 'update') return { ...planned, preflight_error: null };
  const { nic_id, instance_id } = planned;
  const nicId = typeof nic_id === 'string' ? parseNicId(nic_id) : undefined;
  const instanceId = typeof instance_id === 'string' ? parseInstanceId(instance_id) : undefined;
  const id = nicId === undefined || instanceId === undefined ? undefined : attachmentId(nicId, instanceId);
  // Terraform plans a replacement twice, and shows only the warnings of the first plan.
  let checked = prior === null ? replacement : undefined;
  if (checked === undefined) {
    if (instanceId !== undefined) tracker.willAttach(nicId, instanceId);
    checked = await checkCreate({ nicId, instanceId }, context);
  }
  context.privateState = writePrivate({ ...kept, replacement: { ...checked, target: id } });
  return { ...planned, preflight_error: checked.error ?? UNKNOWN, id: id ?? UNKNOWN };
}
