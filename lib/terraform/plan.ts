import { PROVIDER_ADDRESS } from '../contract';
import { readConfiguration, type ConfigBlock } from './configuration';
import { member, readPlanJson, type ResourceChange } from './json';
import { plannedAttachment, type Convergence } from './planned-attachment';
import { attachmentValues, blockOf, inferRole, isProviderAttachment } from './resource';
import type { BlockAddress, Role } from './resource';
import { compare, stateResources } from './state';

/** The attachments in a plan, and the dependencies that order their operations. */
export type Plan = ReturnType<typeof readPlan>;

/**
 * Reads the attachments, sorted by address, from a saved plan in the output of `terraform show -json`.
 * @throws TerraformJsonError
 */
export function readPlan(bytes: Buffer) {
  const json = readPlanJson(bytes);
  const state = stateResources(json.prior_state?.values, 'plan');
  const configuration = readConfiguration(json.configuration?.root_module);
  const tainted = new Set(state.filter((each) => each.tainted).map(({ address }) => address));
  const providers = Object.entries(json.configuration?.provider_config ?? {}).filter(
    ([, each]) => each.full_name === PROVIDER_ADDRESS,
  );
  const withSettings = new Set(
    providers.flatMap(([key, { expressions }]) => (hasSettings(expressions) ? key : [])),
  );
  const deferred = new Map(json.deferred_changes.map((each) => [each.resource_change, each.reason]));
  const drift = json.resource_drift.filter((each) => isProviderAttachment(each));
  // Attachments that no longer exist, and that are no longer declared or not considered by a refresh-only plan.
  const changed = new Set(json.resource_changes.map(({ address }) => address));
  const cleared = new Set(drift.filter((each) => isGone(each) && !changed.has(each.address)));
  const changes = [...json.resource_changes, ...deferred.keys(), ...cleared].map((change) => {
    const block = blockOf(change.module_address, change);
    return {
      change,
      block,
      role: roleOf(change, configuration.get(block)),
      deferred: deferred.get(change),
      cleared: cleared.has(change),
      tainted: tainted.has(change.address) || change.action_reason === 'replace_because_tainted',
      configured: json.configuration === undefined || configuration.has(block),
      // The plan does not contain the provider of a resource that is no longer configured.
      hasOwnSettings:
        isProviderAttachment(change) &&
        (configuration.has(block)
          ? withSettings.has(configuration.get(block)?.provider ?? '')
          : withSettings.size > 0),
    };
  });
  const convergences = changes.filter(({ role }) => role === 'convergence' || role === 'confirmation');
  const convergenceOf = new Map<BlockAddress, Convergence>();
  for (const { change, block, deferred } of convergences) {
    const { actions, createsFirst } = change.change;
    if (!actions.includes('create') || deferred !== undefined) continue;
    for (const each of configuration.get(block)?.dependsOn ?? []) {
      convergenceOf.set(each, { block, createsFirst });
    }
  }

  return {
    terraformVersion: json.terraform_version,
    /** Planning failed, so the plan is incomplete. */
    errored: json.errored,
    /** `false`: the plan was limited to targets, or some changes are deferred. */
    complete: json.complete,
    attachments: changes
      .filter(({ role }) => role === 'provider-attachment' || role === 'attachment')
      .map((each) => plannedAttachment(each, convergenceOf.get(each.block)))
      .sort((a, b) => compare(a.address, b.address)),
    /** Changes outside of Terraform since the last apply. */
    drift: drift.map((each) => ({ address: each.address, gone: isGone(each) })),
    /** Edges from each block to the blocks that it depends on, as far as the plan shows them. */
    dependencies: dependenciesOf(configuration, state),
    /** More than one configuration of the embedded provider. Each runs in its own process. */
    severalProviders: providers.length > 1,
    /** Convergence or confirmation resources are replaced, which Terraform counts as destroyed. */
    replacesConvergence: convergences.some(({ change: { change } }) =>
      ['create', 'delete'].every((action) => change.actions.includes(action)),
    ),
  };
}

/** Whether the configuration of a provider sets an account or an endpoint, instead of the environment. */
function hasSettings(expressions: unknown): boolean {
  return ['access_key_id', 'token', 'domain', 'scheme'].some((name) => {
    const expression = member(expressions, name);
    return Boolean(member(expression, 'constant_value') ?? member(expression, 'references'));
  });
}

function isGone({ change }: ResourceChange): boolean {
  return change.after.value == null;
}

function roleOf(change: ResourceChange, block: ConfigBlock | undefined): Role | undefined {
  if (isProviderAttachment(change)) return 'provider-attachment';
  const { before, after } = change.change;
  const carried = attachmentValues(change, before.value === null ? after : before);
  if (carried === undefined) return undefined;
  // If the configuration has the block, its provisioners decide and not its name.
  return block === undefined ? inferRole(change, carried) : block.role;
}

function dependenciesOf(
  configuration: ReadonlyMap<BlockAddress, ConfigBlock>,
  state: ReturnType<typeof stateResources>,
): Graph {
  const graph = new Graph();
  for (const [block, { dependsOn }] of configuration) {
    for (const each of dependsOn) graph.connect(block, each);
  }
  // The state has dependencies through locals, and those of resources that are no longer configured.
  for (const resource of state) {
    for (const each of resource.depends_on) graph.connect(blockOf(resource.module, resource), each);
  }
  return graph;
}

/** A directed graph. */
export class Graph {
  public readonly edges = new Map<string, Set<string>>();
  private readonly reached = new Map<string, ReadonlySet<string>>();

  public connect(from: string, to: string): void {
    this.edges.set(from, (this.edges.get(from) ?? new Set()).add(to));
    this.reached.clear();
  }

  /** All other nodes that can be reached from a node. */
  public reachable(from: string): ReadonlySet<string> {
    const known = this.reached.get(from);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const pending = [from];
    for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
      for (const next of this.edges.get(each) ?? []) {
        if (found.has(next)) continue;
        found.add(next);
        pending.push(next);
      }
    }
    found.delete(from);
    this.reached.set(from, found);
    return found;
  }
}
