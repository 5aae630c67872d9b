import * as v from 'valibot';
import { readConfiguration } from './configuration';
import type { ConfigBlock } from './configuration';
import { Graph } from './graph';
import { readPlanJson } from './json';
import type { ResourceChange } from './json';
import { afterOf, beforeOf, isCreatedFirst, plannedAttachment } from './planned-attachment';
import type { AttachmentChange, Operation, PlannedAttachment } from './planned-attachment';
import { attachmentId, blockOf, carriedBy, isWhole, PROVIDER_ADDRESS, roleByShape } from './resource';
import type { BlockAddress, Role } from './resource';
import { compare, stateResources } from './state';

/** What Terraform found changed outside of it since the last apply. */
export interface FoundDrift {
  readonly address: string;
  readonly gone: boolean;
}

/** What a plan tells of attachments. */
export interface Plan {
  readonly terraformVersion: string | undefined;
  /** Planning failed, and the plan shows only how far it came. */
  readonly errored: boolean;
  /** Applying it leaves nothing to plan: it was not limited to targets, and nothing is deferred. */
  readonly complete: boolean;
  readonly attachments: readonly PlannedAttachment[];
  readonly drift: readonly FoundDrift[];
  /** From each block to those that must be there before it, as far as the plan tells. */
  readonly dependencies: Graph;
  /** More than one configuration of the embedded provider: each is a process of its own. */
  readonly severalProviders: boolean;
  /** Resources that run the handler for all attachments are replaced, and show as destroyed. */
  readonly replacesConvergence: boolean;
}

/**
 * The attachments in what `terraform show -json` wrote of a saved plan, by address.
 * @throws TerraformJsonError
 */
export function readPlan(bytes: Buffer): Plan {
  const json = readPlanJson(bytes);
  const state = stateResources(json.prior_state?.values, 'plan');
  const configuration = readConfiguration(json.configuration?.root_module);
  const tainted = new Set(state.filter((each) => each.tainted).map(({ address }) => address));
  const attachments = new Map<string, AttachmentChange>();
  const convergences = new Map<BlockAddress, Pick<Operation, 'block' | 'createsFirst'>>();
  let replacesConvergence = false;

  const add = (change: ResourceChange, deferred?: string) => {
    const role = roleOf(change, configuration);
    if (role === undefined) return;
    const block = blockOf(change.module_address, change);
    if (role === 'convergence' || role === 'confirmation') {
      const { actions } = change.change;
      replacesConvergence ||= actions.includes('delete') && actions.includes('create');
      if (!actions.includes('create') || deferred !== undefined) return;
      for (const each of configuration.get(block)?.dependsOn ?? []) {
        if (role === 'confirmation' && convergences.has(each)) continue;
        convergences.set(each, { block, createsFirst: isCreatedFirst(actions) });
      }
      return;
    }
    const id = role === 'whole' ? change.address : attachmentId(change.module_address, change);
    const key = id + (change.deposed ?? '');
    if (role === 'release' && attachments.get(key)?.role === 'attachment') return;
    attachments.set(key, {
      role,
      change,
      block,
      deferred,
      tainted: tainted.has(change.address) || change.action_reason === 'replace_because_tainted',
      configured: json.configuration === undefined || configuration.has(block),
    });
  };
  for (const each of json.resource_changes) add(each);
  for (const { reason, resource_change } of json.deferred_changes) add(resource_change, reason);

  return {
    terraformVersion: json.terraform_version,
    errored: json.errored,
    complete: json.complete,
    attachments: [...attachments.values()]
      .map((each) =>
        plannedAttachment(each, each.role === 'attachment' ? convergences.get(each.block) : undefined),
      )
      .sort((a, b) => compare(a.address, b.address)),
    drift: json.resource_drift
      .filter((each) => isWhole(each))
      .map(({ address, change }) => ({ address, gone: change.after == null })),
    dependencies: dependenciesOf(configuration, state),
    severalProviders: countProviders(json.configuration?.provider_config) > 1,
    replacesConvergence,
  };
}

function roleOf(
  change: ResourceChange,
  configuration: ReadonlyMap<BlockAddress, ConfigBlock>,
): Role | undefined {
  if (isWhole(change)) return 'whole';
  const carried = carriedBy(change, change.change.before === null ? afterOf(change) : beforeOf(change));
  if (carried === undefined) return undefined;
  // Where the block is in sight, what its provisioners do is the truth, whatever it is named.
  const block = configuration.get(blockOf(change.module_address, change));
  return block === undefined ? roleByShape(change, carried) : block.role;
}

function dependenciesOf(
  configuration: ReadonlyMap<BlockAddress, ConfigBlock>,
  state: ReturnType<typeof stateResources>,
): Graph {
  const graph = new Graph();
  for (const [block, { dependsOn }] of configuration) {
    for (const each of dependsOn) graph.connect(block, each);
  }
  // The state remembers what went through locals, and the dependencies of what is no longer configured.
  for (const resource of state) {
    for (const each of resource.depends_on) graph.connect(blockOf(resource.module, resource), each);
  }
  return graph;
}

function countProviders(providerConfig: unknown): number {
  const schema = v.record(v.string(), v.object({ full_name: v.optional(v.string()) }));
  const parsed = v.safeParse(schema, providerConfig ?? {});
  if (!parsed.success) return 0;
  return Object.values(parsed.output).filter(({ full_name }) => full_name === PROVIDER_ADDRESS).length;
}
