import type { Goal } from '../handler';
import { compare, type Runner } from '../terraform';

/** What happens to an attachment, in the order of reports. */
export const CHANGE_KINDS = [
  'detach', // the vNIC is detached
  'clear', // the vNIC is no longer attached: only the resource is removed from the state
  'move', // the vNIC is detached from one instance and attached to another
  'replace', // the vNIC is detached and attached to the same instance again
  'attach', // the vNIC is attached to the instance
  'adopt', // the vNIC is already attached, and becomes managed by Terraform
  'forget', // the vNIC stays attached, and is no longer managed by Terraform
  'keep', // no change
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export const RISK_LEVELS = [
  'error', // the apply fails, or its result is not the declared state
  'warning', // the apply may fail, or interrupts something that works today
  'note', // information only
] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export const RISK_CODES = [
  'plan-errored',
  'plan-incomplete',
  'convergence-replaced',
  'parallelism',
  'nic-missing',
  'nic-primary',
  'nic-held',
  'nic-status',
  'instance-missing',
  'instance-not-running',
  'agent-disabled',
  'region-mismatch',
  'nic-limit',
  'nic-limit-order',
  'attached-twice',
  'order-not-sure',
  'created-first',
  'tainted-source',
  'stays-attached',
  'when-stopped',
  'public-addresses',
  'private-addresses',
  'status-unknown',
  'not-an-id',
  'sensitive',
  'after-apply',
  'provider-settings',
  'deferred',
  'drifted',
  'may-interrupt',
  'address-changes',
] as const;
export type RiskCode = (typeof RISK_CODES)[number];

export interface Risk {
  readonly level: RiskLevel;
  readonly code: RiskCode;
  /** One sentence. */
  readonly text: string;
  /** The recommended action, in one or two sentences. */
  readonly advice: string | undefined;
}

/** A vNIC or an instance in a report. All texts are single lines of bounded length. */
export interface EndpointView {
  /** `undefined`: unknown until apply, sensitive or invalid. */
  readonly id: string | undefined;
  /** The ID, or a placeholder such as `(known after apply)`. */
  readonly label: string;
  readonly name: string | undefined;
  /** `undefined`: not checked. `missing`: not found by the API. */
  readonly status: string | undefined;
}

export interface NicView extends EndpointView {
  readonly region: string | undefined;
  readonly publicIps: readonly string[];
  readonly privateIps: readonly string[];
}

export interface InstanceView extends EndpointView {
  readonly zone: string | undefined;
}

export interface Change {
  readonly kind: ChangeKind;
  readonly nic: NicView;
  /** The instance that holds the vNIC before the apply; `undefined`: none, as far as the plan shows. */
  readonly from: InstanceView | undefined;
  /** The instance that holds the vNIC after the apply. */
  readonly to: InstanceView | undefined;
  readonly runner: Runner;
  /** Addresses of the Terraform resources. The one that attaches comes first. */
  readonly addresses: readonly string[];
  /** The handler's operations, in order from 1. Steps with the same number may run concurrently. */
  readonly steps: readonly { readonly order: number; readonly goal: Goal }[];
  readonly risks: readonly Risk[];
}

/** The order of changes in reports: by kind, then by vNIC. */
export function byKind(a: Change, b: Change): number {
  return CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind) || compare(a.nic.label, b.nic.label);
}

/** An instance in the diagram. */
export interface Box {
  readonly instance: InstanceView;
  /** The changes of vNICs that it holds before or after the apply. */
  readonly changes: readonly Change[];
  /** Number of its vNICs that are not in the plan; `undefined`: not checked. */
  readonly others: number | undefined;
}

export interface Review {
  /** `none`: no changes. `risky`: at least one error or warning. */
  readonly verdict: 'none' | 'changes' | 'risky';
  readonly offline: boolean;
  readonly terraformVersion: string | undefined;
  /** In execution order. Unchanged attachments come last. */
  readonly changes: readonly Change[];
  /** Risks of the plan as a whole. */
  readonly risks: readonly Risk[];
  readonly boxes: readonly Box[];
}
