import { Fn, ref, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { CarriedAttachment } from './attachment-runner';
import { declaredTimeout, longestTimeout } from './timeouts';
import { ZecProvider, ZecResource } from './zec-provider';

/** The `zec_nic_convergence` of a runner: it waits for all attachments of the runner at once. */
export class ConvergenceResource extends ZecResource {
  private readonly resources: ZecResource[] = [];
  private readonly timeouts: string[] = [];

  public constructor(scope: Construct, id: string, provider: ZecProvider) {
    super(scope, id, provider, PROVIDER.nicConvergence, {});
  }

  /** Adds an attachment to wait for. @returns references to it that also wait for all others */
  public add(resource: ZecResource, createTimeout: string): CarriedAttachment {
    this.resources.push(resource);
    this.timeouts.push(createTimeout);
    const id = () =>
      Token.asString(
        ref(`${this.fqnOf('attachments')}[${JSON.stringify(keyOf(resource))}]`, TerraformStack.of(this)),
      );
    const part = (index: number) => Token.asString(Fn.element(Fn.split(':', id()), index));
    return {
      element: this,
      get id() {
        return id();
      },
      get nicId() {
        return part(0);
      },
      get instanceId() {
        return part(1);
      },
    };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const all = (attribute: string) =>
      Object.fromEntries(this.resources.map((each) => [keyOf(each), each.getStringAttribute(attribute)]));
    return {
      attachments: all('id'),
      attached_at: all('attached_at'),
      timeout: declaredTimeout(longestTimeout(this.timeouts)),
    };
  }

  private fqnOf(attribute: string): string {
    return `${this.terraformResourceType}.${this.friendlyUniqueId}.${attribute}`;
  }
}

function keyOf(resource: ZecResource): string {
  return resource.friendlyUniqueId;
}
