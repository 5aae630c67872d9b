import { DiagnosticError } from '../../lib/plugin';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { targetOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { NicAttachmentState } from '../../lib/provider/nic-attachment-state';
import { DEPLOYMENT_CHECKS } from './deployments';

/** Every promise about deployments, with a resource that breaks it, and a seed that shows it after a few runs. */
export const BROKEN_RESOURCES: readonly (readonly [
  name: string,
  check: string,
  resource: typeof nicAttachment,
  seed: number,
])[] = [
  [
    'a check of moves that is ignored',
    DEPLOYMENT_CHECKS.refusedMoves,
    {
      ...nicAttachment,
      delete: async (state, context) => {
        try {
          await nicAttachment.delete(state, context);
        } catch (error) {
          const target = targetOf(state as NicAttachmentState);
          await context.client.attachments.delete(target, { timeoutMs: 60_000, signal: context.signal });
          throw error;
        }
      },
    },
    1005,
  ],
  [
    'a move without a check',
    DEPLOYMENT_CHECKS.impossibleMoves,
    {
      ...nicAttachment,
      delete: (state, context) =>
        nicAttachment.delete(
          { ...(state as NicAttachmentState), skip_destroy: null },
          { ...context, privateState: writePrivate({}) },
        ),
    },
    1005,
  ],
  [
    'skip_destroy that is ignored',
    DEPLOYMENT_CHECKS.forgotten,
    {
      ...nicAttachment,
      delete: (state, context) =>
        nicAttachment.delete({ ...(state as NicAttachmentState), skip_destroy: null }, context),
    },
    1005,
  ],
  [
    'a create that adopts what a failed delete left in the state',
    DEPLOYMENT_CHECKS.recordedTwice,
    {
      ...nicAttachment,
      create: async (request, context) => {
        try {
          return await nicAttachment.create(request, context);
        } catch (error) {
          if (!(error instanceof DiagnosticError) || !error.message.includes('another resource')) throw error;
          return { state: request.config };
        }
      },
    },
    175,
  ],
  [
    'a failed create that records nothing',
    DEPLOYMENT_CHECKS.unrecorded,
    {
      ...nicAttachment,
      create: async (request, context) => {
        const result = await nicAttachment.create(request, context);
        if (result.error !== undefined) throw result.error as Error;
        return result;
      },
    },
    20,
  ],
];
