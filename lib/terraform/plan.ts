import * as v from 'valibot';
import { PROVIDER } from '../contract';
import { blockOf } from './address';
import type { BlockAddress } from './address';
import { carriedBy, isWhole, roleByShape } from './carriers';
import type { Role } from './carriers';
import { readConfiguration } from './configuration';
import type { ConfigBlock } from './configuration';
import { Dependencies } from './dependencies';
import { endsOf, part } from './ends';
import type { Ends, Marked } from './ends';
import { plannedAttachment } from './planned';
import type { ConvergenceRun, OurChange, PlannedAttachment } from './planned';
import { checked, readTerraformJson } from './read';
import { planSchema } from './schema';
import type { ResourceChange } from './schema';
import { compare, setId, stateResources } from './state';

/** What Terraform found changed outside of it. */
export interface FoundDrift {
  readonly address: string;
  readonly before: Ends | undefined;
  /** `undefined`: it is gone. */
  readonly after: Ends | undefined;
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
  readonly dependencies: Dependencies;
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
  const json = checked(planSchema, readTerraformJson(bytes, 'plan'), 'plan');
  const state = stateResources(json.prior_state?.values, 'plan');
  const configuration = readConfiguration(json.configuration?.root_module);
  const tainted = new Set(state.filter((each) => each.tainted).map(({ address }) => address));
  const sets = new Map<string, Partial<Record<Role, OurChange>>>();
  const runs = new Map<BlockAddress, ConvergenceRun>();
  let replacesConvergence = false;
  const take = (change: ResourceChange, deferred?: string) => {
    const role = roleOf(change, configuration);
    if (role === undefined) return;
    const block = blockOf(withModule(change));
    if (role === 'convergence' || role === 'confirmation') {
      const { actions } = change.change;
      replacesConvergence ||= actions.includes('delete') && actions.includes('create');
      if (!actions.includes('create') || deferred !== undefined) return;
      for (const each of configuration.get(block)?.dependsOn ?? []) {
        if (role === 'convergence' || !runs.has(each))
          runs.set(each, { block, createsFirst: actions[0] === 'create' && actions.includes('delete') });
      }
      return;
    }
    const configured = json.configuration === undefined || configuration.has(block);
    const ours = ourChange(change, { configured, deferred, tainted: tainted.has(change.address) });
    const id = idOf(change, role) + (change.deposed ?? '');
    sets.set(id, { ...sets.get(id), [role]: ours });
  };
  for (const each of json.resource_changes) take(each);
  for (const { reason, resource_change } of json.deferred_changes) take(resource_change, reason);
  return {
    terraformVersion: json.terraform_version,
    errored: json.errored,
    complete: json.complete,
    attachments: [...sets.values()]
      .map((set) => plannedAttachment(set, runs.get(set.attachment?.block ?? '')))
      .sort((a, b) => compare(a.address, b.address)),
    drift: json.resource_drift.filter((each) => isWhole(each)).map((each) => driftOf(each)),
    dependencies: new Dependencies(configuration, state),
    severalProviders: countProviders(json.configuration?.provider_config) > 1,
    replacesConvergence,
  };
}

function roleOf(
  change: ResourceChange,
  configuration: ReadonlyMap<BlockAddress, ConfigBlock>,
): Role | undefined {
  if (isWhole(change)) return 'whole';
  const marked = change.change.before === null ? afterOf(change) : beforeOf(change);
  if (carriedBy(change, marked) === undefined) return undefined;
  // Where the block is in sight, what its provisioners do is the truth, whatever it is named.
  const block = configuration.get(blockOf(withModule(change)));
  return block === undefined ? roleByShape(change, marked) : block.role;
}

function idOf(change: ResourceChange, role: Role): string {
  return role === 'whole' ? change.address : setId(withModule(change));
}

function ourChange(
  change: ResourceChange,
  more: { readonly configured: boolean; readonly deferred: string | undefined; readonly tainted: boolean },
): OurChange {
  const { before, after, importing } = change.change;
  const ends = (marked: Marked) => {
    const carried = carriedBy(change, marked);
    return carried === undefined ? undefined : endsOf(carried);
  };
  return {
    ...more,
    address: change.address,
    block: blockOf(withModule(change)),
    previousAddress: change.previous_address,
    deposed: change.deposed !== undefined,
    actions: change.change.actions,
    before: before == null ? undefined : ends(beforeOf(change)),
    after: after == null ? undefined : ends(afterOf(change)),
    tainted: more.tainted || change.action_reason === 'replace_because_tainted',
    importing: importing != null,
    together: part(afterOf(change), 'wait').value === false,
  };
}

function driftOf(change: ResourceChange): FoundDrift {
  const { before, after } = change.change;
  return {
    address: change.address,
    before: before == null ? undefined : endsOf(beforeOf(change)),
    after: after == null ? undefined : endsOf(afterOf(change)),
  };
}

function beforeOf({ change }: ResourceChange): Marked {
  return { value: change.before, sensitive: change.before_sensitive };
}

function afterOf({ change }: ResourceChange): Marked {
  return { value: change.after, unknown: change.after_unknown, sensitive: change.after_sensitive };
}

function withModule(change: ResourceChange): ResourceChange & { readonly module: string } {
  return { ...change, module: change.module_address ?? '' };
}

function countProviders(providerConfig: unknown): number {
  const schema = v.record(v.string(), v.object({ full_name: v.optional(v.string()) }));
  const parsed = v.safeParse(schema, providerConfig ?? {});
  if (!parsed.success) return 0;
  const address = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
  return Object.values(parsed.output).filter(({ full_name }) => full_name === address).length;
}
