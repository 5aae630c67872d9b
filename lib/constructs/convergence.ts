import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { CarriedAttachment } from './attachment-runner';
import { resourceBlock } from './blocks';
import { frameworkOf, stackOf } from './framework';
import { declaredTimeout, longestTimeout } from './timeouts';

/** The `zec_nic_convergence` of a runner: it waits for all attachments of the runner at once. */
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
      Lazy.anyValue({
        produce: () =>
          Object.fromEntries(
            this.attachments.map((each) => [each.friendlyUniqueId, each.getStringAttribute(attribute)]),
          ),
      });
    const attributes = {
      attachments: all('id'),
      attached_at: all('attached_at'),
      timeout: Lazy.anyValue({ produce: () => declaredTimeout(longestTimeout(this.timeouts)) }),
    };
    this.resource = resourceBlock(runner, 'convergence', PROVIDER.nicConvergence, attributes, provider);
    this.resource.overrideLogicalId(stackOf(runner).getLogicalId(runner.node));
  }

  /** Adds an attachment to wait for. @returns references to it that also wait for all others */
  public add(attachment: TerraformResource, createTimeout: string): CarriedAttachment {
    this.attachments.push(attachment);
    this.timeouts.push(createTimeout);
    const { Fn, ref, Token } = frameworkOf(this.runner);
    const all = `${PROVIDER.nicConvergence}.${this.resource.friendlyUniqueId}.attachments`;
    const id = () => {
      const key = JSON.stringify(attachment.friendlyUniqueId);
      return Token.asString(ref(`${all}[${key}]`, stackOf(this.runner)));
    };
    const part = (index: number) => Token.asString(Fn.element(Fn.split(':', id()), index));
    return { resource: this.resource, id, nicId: () => part(0), instanceId: () => part(1) };
  }
}
