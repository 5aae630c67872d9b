import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { CONTEXT } from '../contract';
import { AttachmentRunner } from './attachment-runner';
import { unknownContext } from './errors';
import { LocalExecRunner } from './local-exec-runner';
import { ProviderRunner } from './provider-runner';
import { StackAttachments } from './stack-attachments';

const KNOWN = ['local-exec', 'provider'];

/** The runner of an attachment that names none: its stack's default, made now if there is none yet. */
export function runnerFor(attachment: Construct): AttachmentRunner {
  const asked: unknown = attachment.node.tryGetContext(CONTEXT.runner);
  if (asked !== undefined && !KNOWN.includes(asked as string)) {
    throw unknownContext(attachment, CONTEXT.runner, asked, KNOWN);
  }
  const current = StackAttachments.of(TerraformStack.of(attachment)).defaultRunner;
  if (current !== undefined) return current;
  return asked === 'provider' ? ProviderRunner.of(attachment) : LocalExecRunner.of(attachment);
}
