import { provider, resource } from '@cdktf/provider-null';
import { TerraformResource, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { BLOCK } from '../contract';
import { Carrier } from './carrier';

const VALUES = {
  [BLOCK.nicId]: `\${each.value.${BLOCK.nicId}}`,
  [BLOCK.instanceId]: `\${each.value.${BLOCK.instanceId}}`,
};

/**
 * What cdktf has as `DataResource`, which runs `terraform version` at synth, once for each block: 45 ms each, and an error
 * on a machine that only synthesizes.
 */
class BuiltIn extends TerraformResource {
  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers_replace: VALUES };
  }
}

/** One block of a carrier, replaced when a vNIC or an instance of it changes. */
export function carrierBlock(scope: Construct, id: string, carrier: Carrier): TerraformResource {
  return carrier === Carrier.TERRAFORM_DATA
    ? new BuiltIn(scope, id, { terraformResourceType: 'terraform_data' })
    : new resource.Resource(scope, id, { triggers: VALUES });
}

/** The attribute that holds the values of an attachment in a carrier's state. */
export function triggersOf(carrier: Carrier): string {
  return carrier === Carrier.TERRAFORM_DATA ? 'triggers_replace' : 'triggers';
}

/** Adds the provider that the carrier needs, unless the stack has one of the user's own. */
export function ensureProvider(stack: TerraformStack, carrier: Carrier): void {
  if (carrier === Carrier.TERRAFORM_DATA) return;
  if (stack.node.findAll().some((each) => each instanceof provider.NullProvider)) return;
  new provider.NullProvider(stack, 'null');
}
