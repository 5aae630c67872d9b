import type { TerraformDataSource, TerraformElement, TerraformProvider, TerraformResource } from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import { NicAttachmentCondition, NicAttachmentLifecycle } from './attachment-runner';
import { errorAt, NOT_BEFORE_DESTROY } from './errors';
import { frameworkOf, stackOf } from './framework';

/** The arguments of a block by their Terraform names. `undefined` ones are omitted. */
type BlockArguments = Readonly<Record<string, unknown>>;

/**
 * Creates a resource block. The framework's class for `terraform_data` would run `terraform version` at synth for each
 * block, which is slow and fails on a machine without Terraform.
 */
export function resourceBlock(
  scope: Construct,
  id: string,
  type: string,
  attributes: BlockArguments,
  provider?: TerraformProvider,
): TerraformResource {
  const { ref, TerraformResource } = frameworkOf(scope);
  class ResourceBlock extends TerraformResource {
    public override interpolationForAttribute(name: string) {
      // The framework's expression, a splat of the map itself, has no value.
      return this.forEach === undefined
        ? super.interpolationForAttribute(name)
        : ref(`values(${type}.${this.friendlyUniqueId})[*].${name}`, stackOf(this));
    }

    /** Otherwise synth runs `terraform version`. The moves of this package need no later version than the rest of it. */
    public override hasResourceMove(): undefined {
      return undefined;
    }

    public override toHclTerraform(): unknown {
      const { resource = {}, ...others } = super.toHclTerraform() as { resource?: Resources };
      return { ...others, resource: resourcesToHcl(resource) };
    }
  }
  const block = new ResourceBlock(scope, id, {
    terraformResourceType: type,
    ...(provider === undefined ? {} : { provider }),
  });
  setAttributes(block, attributes);
  return block;
}

function setAttributes(block: TerraformElement, attributes: BlockArguments): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) block.addOverride(name, value);
  }
}

// Unlike an error of the provider, this does not stop the plan that Terraform makes before a destroy.
const PREFLIGHT = {
  condition: '${self.preflight_error == null}',
  errorMessage: '${coalesce(self.preflight_error, "It can be attached.")}',
};

/** The overrides for a `lifecycle` block. @throws Error if it sets `createBeforeDestroy` */
export function lifecycleOverrides(construct: Construct, lifecycle: NicAttachmentLifecycle) {
  if (lifecycle.createBeforeDestroy === true) throw errorAt(construct, NOT_BEFORE_DESTROY);
  const { dependable } = frameworkOf(construct);
  // From JavaScript, each list may be a single value, as for `dependsOn`.
  const conditions = (all: readonly NicAttachmentCondition[]) =>
    all.map(({ condition, errorMessage }) => ({ condition, error_message: errorMessage }));
  return {
    'lifecycle.prevent_destroy': lifecycle.preventDestroy,
    'lifecycle.ignore_changes': lifecycle.ignoreChanges,
    'lifecycle.replace_triggered_by':
      lifecycle.replaceTriggeredBy && [lifecycle.replaceTriggeredBy].flat().map((fqn) => dependable({ fqn })),
    'lifecycle.precondition': lifecycle.precondition && conditions([lifecycle.precondition].flat()),
    'lifecycle.postcondition': conditions([PREFLIGHT, lifecycle.postcondition ?? []].flat()),
  };
}

export function dataBlock(
  scope: Construct,
  type: string,
  attributes: BlockArguments,
  provider: TerraformProvider,
): TerraformDataSource {
  class DataBlock extends frameworkOf(scope).TerraformDataSource {
    public override toHclTerraform(): unknown {
      const { data } = super.toHclTerraform() as { data: Resources };
      return { data: resourcesToHcl(data) };
    }
  }
  const block = new DataBlock(scope, 'Resource', { terraformResourceType: type, provider });
  setAttributes(block, attributes);
  return block;
}

/** By type and name. */
type Resources = Readonly<Record<string, Readonly<Record<string, BlockArguments>>>>;

function mapped<In, Out>(values: Readonly<Record<string, In>>, map: (value: In, name: string) => Out) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}

/** Marks blocks and references for HCL: the framework writes everything else as attributes and quoted strings. */
function resourcesToHcl(byType: Resources): Resources {
  return mapped(byType, (byName) => mapped(byName, toHcl));
}

function toHcl(block: BlockArguments): BlockArguments {
  return mapped(block, hclValue);
}

function hclValue(value: unknown, name: string): unknown {
  switch (name) {
    case 'timeouts':
      return value === undefined ? undefined : { value, isBlock: true };
    case 'lifecycle':
      return { value: toHcl(value as BlockArguments) };
    case 'precondition':
    case 'postcondition':
      return { value, isBlock: true, type: 'list' };
    case 'provisioner':
      return (value as BlockArguments[] | undefined)?.map(toHcl);
    case 'local-exec':
      return toHcl(value as BlockArguments);
    case 'depends_on':
    case 'ignore_changes':
    case 'replace_triggered_by':
      return Array.isArray(value) ? hclReference(`[${value.join(', ')}]`) : value;
    case 'provider':
    case 'when':
      return value === undefined ? undefined : hclReference(value);
    default:
      return value;
  }
}

function hclReference(value: unknown): unknown {
  return { value, type: 'reference' };
}

/** Creates a provider block with its entry in `required_providers`. */
export function providerBlock(
  scope: Construct,
  id: string,
  type: string,
  options: {
    readonly source: string;
    readonly version: string;
    readonly alias?: string | undefined;
    readonly attributes?: BlockArguments;
  },
): TerraformProvider {
  class ProviderBlock extends frameworkOf(scope).TerraformProvider {
    public override get alias(): string | undefined {
      return options.alias;
    }
  }
  const block = new ProviderBlock(scope, id, {
    terraformResourceType: type,
    terraformGeneratorMetadata: { providerName: type, providerVersion: options.version },
    terraformProviderSource: options.source,
  });
  setAttributes(block, options.attributes ?? {});
  return block;
}

const NULL_SOURCE = /^(?:(?:[^/]+\/)?hashicorp\/)?null$/;

/** Adds the provider of `null_resource`, unless the stack has one of any class. */
export function ensureNullProvider(scope: Construct): void {
  const stack = stackOf(scope);
  const exists = providersIn(stack).some(
    ({ terraformResourceType, terraformProviderSource = 'null' }) =>
      terraformResourceType === 'null' && NULL_SOURCE.test(terraformProviderSource),
  );
  if (!exists) providerBlock(stack, 'cdktf-zenlayer-zec-null', 'null', { source: 'null', version: '3.2.4' });
}

export function providersIn(stack: IConstruct): TerraformProvider[] {
  const { TerraformProvider } = frameworkOf(stack);
  return stack.node
    .findAll()
    .filter((each): each is TerraformProvider => TerraformProvider.isTerraformProvider(each));
}
