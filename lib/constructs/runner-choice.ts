import { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { CONTEXT } from '../contract';
import { AttachmentRunner } from './attachment-runner';
import { unknownContext } from './errors';
import { LocalExecRunner } from './local-exec-runner';
import { StackAttachments } from './stack-attachments';

const KNOWN = ['local-exec'];

/** The runner of an attachment that names none: its stack's default, made now if there is none yet. */
export function runnerFor(attachment: Construct): AttachmentRunner {
  const asked: unknown = attachment.node.tryGetContext(CONTEXT.runner);
  if (asked !== undefined && !KNOWN.includes(asked as string)) {
    throw unknownContext(attachment, CONTEXT.runner, asked, KNOWN);
  }
  return StackAttachments.of(TerraformStack.of(attachment)).defaultRunner ?? LocalExecRunner.of(attachment);
}
