import { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';

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
