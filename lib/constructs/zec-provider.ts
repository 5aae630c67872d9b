import { Fn, ref, TerraformProvider, TerraformResource, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { CarriedAttachment } from './attachment-runner';
import { declaredTimeout, longestTimeout } from './timeouts';

type Attributes = Readonly<Record<string, unknown>>;

/** The provider block. */
export class ZecProvider extends TerraformProvider {
  private readonly attributes: Attributes;
  private readonly ownAlias: string | undefined;

  public constructor(
    scope: Construct,
    id: string,
    options: {
      readonly source: string;
      readonly version: string;
      readonly alias: string | undefined;
      readonly attributes: Attributes;
    },
  ) {
    super(scope, id, {
      terraformResourceType: PROVIDER.type,
      terraformGeneratorMetadata: { providerName: PROVIDER.type, providerVersion: options.version },
      terraformProviderSource: options.source,
    });
    this.attributes = options.attributes;
    this.ownAlias = options.alias;
  }

  public override get alias(): string | undefined {
    return this.ownAlias;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.attributes };
  }
}

/** A resource of the provider. */
export class ZecResource extends TerraformResource {
  public constructor(
    scope: Construct,
    id: string,
    provider: ZecProvider,
    type: string,
    private readonly attributes: Attributes,
  ) {
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: { providerName: PROVIDER.type },
      provider,
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.attributes };
  }
}

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
    const id = () => {
      const attachments = `${this.terraformResourceType}.${this.friendlyUniqueId}.attachments`;
      const key = JSON.stringify(resource.friendlyUniqueId);
      return Token.asString(ref(`${attachments}[${key}]`, TerraformStack.of(this)));
    };
    const part = (index: number) => Token.asString(Fn.element(Fn.split(':', id()), index));
    return { resource: this, id, nicId: () => part(0), instanceId: () => part(1) };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const all = (attribute: string) =>
      Object.fromEntries(
        this.resources.map((each) => [each.friendlyUniqueId, each.getStringAttribute(attribute)]),
      );
    return {
      attachments: all('id'),
      attached_at: all('attached_at'),
      timeout: declaredTimeout(longestTimeout(this.timeouts)),
    };
  }
}
