import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { AttachmentReferences, referencesToId } from './attachment-runner';
import { resourceBlock } from './blocks';
import { frameworkOf } from './framework';
import { nameOfPath } from './resource-names';
import { declaredTimeout, longestTimeout } from './timeouts';

/** The `zec_nic_convergence` of a runner, which waits for all its attachments at once. */
export class ConvergenceBlock {
  public readonly resource: TerraformResource;
  private readonly attachments: TerraformResource[] = [];
  private readonly timeouts: string[] = [];

  public constructor(
    private readonly runner: Construct,
    provider: TerraformProvider,
  ) {
    const { Lazy } = frameworkOf(runner);
    const all = (attribute: string) => ({
      produce: () =>
        Object.fromEntries(
          this.attachments.map((each) => [each.friendlyUniqueId, each.getStringAttribute(attribute)]),
        ),
    });
    const attributes = {
      attachments: Lazy.anyValue(all('id')),
      attached_at: Lazy.anyValue(all('attached_at')),
      timeout: Lazy.anyValue({ produce: () => declaredTimeout(longestTimeout(this.timeouts)) }),
    };
    this.resource = resourceBlock(runner, 'convergence', PROVIDER.nicConvergence, attributes, provider);
    this.resource.overrideLogicalId(nameOfPath(runner));
  }

  /** Adds an attachment. @returns references that wait for all attachments of the runner */
  public add(attachment: TerraformResource, createTimeout: string): AttachmentReferences {
    this.attachments.push(attachment);
    this.timeouts.push(createTimeout);
    const name = `${PROVIDER.nicConvergence}.${this.resource.friendlyUniqueId}`;
    const id = `${name}.attachments["${attachment.friendlyUniqueId}"]`;
    return { resource: this.resource, reference: referencesToId(this.runner, id) };
  }
}
