import { provider, resource } from '@cdktf/provider-null';
import { TerraformResource, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';

/** The Terraform resource that carries attachments under the local-exec runner. */
export enum Carrier {
  /** `null_resource` of the provider `hashicorp/null`, which `terraform init` downloads. */
  NULL_RESOURCE = 'null_resource',
  /** `terraform_data`, which is built into Terraform 1.4 and OpenTofu: nothing is downloaded. */
  TERRAFORM_DATA = 'terraform_data',
}

/** Values whose change replaces a block: a map, or a Terraform expression of one. */
export type Triggers = Readonly<Record<string, string>> | string;

/**
 * What cdktf has as `DataResource`, which runs `terraform version` at synth, once for each block: 45 ms each, and an error
 * on a machine that only synthesizes.
 */
class BuiltIn extends TerraformResource {
  public constructor(
    scope: Construct,
    id: string,
    private readonly triggers: Triggers,
  ) {
    super(scope, id, { terraformResourceType: 'terraform_data' });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers_replace: this.triggers };
  }
}

/** One block of a carrier, replaced when its triggers change. */
export function carrierBlock(
  scope: Construct,
  id: string,
  carrier: Carrier,
  triggers: Triggers,
): TerraformResource {
  if (carrier === Carrier.TERRAFORM_DATA) return new BuiltIn(scope, id, triggers);
  const block = new resource.Resource(scope, id);
  block.addOverride('triggers', triggers);
  return block;
}

/** The attribute that holds the triggers in a carrier's state. */
export function triggersOf(carrier: Carrier): string {
  return carrier === Carrier.TERRAFORM_DATA ? 'triggers_replace' : 'triggers';
}

/** Adds the provider that the carrier needs, unless the stack has one of the user's own. */
export function ensureProvider(stack: TerraformStack, carrier: Carrier): void {
  if (carrier === Carrier.TERRAFORM_DATA) return;
  if (stack.node.findAll().some((each) => each instanceof provider.NullProvider)) return;
  new provider.NullProvider(stack, 'null');
}
