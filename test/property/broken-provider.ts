import { DiagnosticError } from '../../lib/plugin';
import type { ClientContext } from '../../lib/plugin';
import { Diagnostics } from '../../lib/plugin/diagnostics';
import type { ProviderClient } from '../../lib/provider/client';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { targetOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { NicAttachmentState } from '../../lib/provider/nic-attachment-state';
import type { ZecApi } from '../../lib/zec/types';
import { DEPLOYMENT_CHECKS } from './deployments';

/** The API of a provider, which no resource has access to. */
const apiOf = ({ client }: ClientContext<ProviderClient>): ZecApi =>
  (client as unknown as { connect(): { readonly api: ZecApi } }).connect().api;

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
          const options = { timeoutMs: 60_000, whenStopped: 'FAIL', warn: () => undefined } as const;
          await context.client.attachments.delete(target, { ...options, signal: context.signal });
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
    'a destroy that stops every instance',
    DEPLOYMENT_CHECKS.stoppedByUs,
    {
      ...nicAttachment,
      delete: async (state, context) => {
        await nicAttachment.delete(state, context);
        const { instanceId } = targetOf(state as NicAttachmentState);
        await apiOf(context).stopInstances({ instanceIds: [instanceId] });
      },
    },
    1005,
  ],
  [
    'a destroy that warns of nothing and stops nothing',
    DEPLOYMENT_CHECKS.restored,
    {
      ...nicAttachment,
      delete: (state, context) => {
        const instanceIds = [targetOf(state as NicAttachmentState).instanceId];
        apiOf(context).stopInstances = () => Promise.resolve({ requestId: 'T', instanceIds });
        return nicAttachment.delete(state, { ...context, diagnostics: new Diagnostics() });
      },
    },
    1017,
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
