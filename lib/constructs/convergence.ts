import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { AttachmentReferences } from './attachment-runner';
import { resourceBlock } from './blocks';
import { frameworkOf, stackOf } from './framework';
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
    const all = (attribute: string) =>
      this.attachments.map((each) => [each.friendlyUniqueId, each.getStringAttribute(attribute)] as const);
    const attributes = {
      attachments: Lazy.anyValue({ produce: () => Object.fromEntries(all('id')) }),
      attached_at: Lazy.anyValue({ produce: () => Object.fromEntries(all('attached_at')) }),
      timeout: Lazy.anyValue({ produce: () => declaredTimeout(longestTimeout(this.timeouts)) }),
    };
    this.resource = resourceBlock(runner, 'convergence', PROVIDER.nicConvergence, attributes, provider);
    this.resource.overrideLogicalId(stackOf(runner).getLogicalId(runner.node));
  }

  /** Adds an attachment. @returns references that wait for all attachments of the runner */
  public add(attachment: TerraformResource, createTimeout: string): AttachmentReferences {
    this.attachments.push(attachment);
    this.timeouts.push(createTimeout);
    const { resource } = this;
    const { Fn, ref, Token } = frameworkOf(this.runner);
    const id = () => {
      const pair = `${resource.friendlyUniqueId}.attachments["${attachment.friendlyUniqueId}"]`;
      return Token.asString(ref(`${PROVIDER.nicConvergence}.${pair}`, stackOf(this.runner)));
    };
    const part = (index: number) => Token.asString(Fn.element(Fn.split(':', id()), index));
    const resources = { resource, attributes: attachment };
    return { ...resources, id, nicId: () => part(0), instanceId: () => part(1) };
  }
}
