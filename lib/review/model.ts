import type { Goal } from '../handler';
import type { Runner } from '../terraform';

/**
 * What happens to an attachment.
 * - `attach`: the vNIC is attached to the instance.
 * - `detach`: it is detached.
 * - `move`: it is detached from one instance and attached to another.
 * - `replace`: it is detached from the instance and attached to the same one again.
 * - `adopt`: it is attached already, and becomes managed by Terraform as it is.
 * - `forget`: it stays attached, and is no longer managed by Terraform.
 * - `clear`: it is no longer attached, and only its record goes.
 * - `keep`: nothing.
 */
export const KINDS = ['detach', 'clear', 'move', 'replace', 'attach', 'adopt', 'forget', 'keep'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * - `error`: the apply fails, or leaves something behind.
 * - `warning`: the apply may fail, or what used to work stops.
 * - `note`: good to know.
 */
export const LEVELS = ['error', 'warning', 'note'] as const;
export type Level = (typeof LEVELS)[number];

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
  'region-mismatch',
  'nic-limit',
  'nic-limit-order',
  'attached-twice',
  'order-not-sure',
  'created-first',
  'tainted-source',
  'stays-attached',
  'public-addresses',
  'private-addresses',
  'status-unknown',
  'not-an-id',
  'sensitive',
  'after-apply',
  'deferred',
  'drifted',
  'may-interrupt',
  'address-changes',
] as const;
export type RiskCode = (typeof RISK_CODES)[number];

export interface Risk {
  readonly level: Level;
  readonly code: RiskCode;
  /** One sentence. */
  readonly text: string;
  /** What to do, in a sentence or two. */
  readonly advice?: string | undefined;
}

/** A vNIC or an instance as a report shows it. All texts are on one line and of bounded length. */
export interface EndpointView {
  /** `undefined`: Terraform does not know it yet, or does not show it. */
  readonly id: string | undefined;
  /** The id, or words that stand for it. */
  readonly label: string;
  readonly name?: string | undefined;
  /** `undefined`: nobody asked. `missing`: the API does not know it. */
  readonly status?: string | undefined;
}

export interface NicView extends EndpointView {
  readonly region?: string | undefined;
  readonly publicIps: readonly string[];
  readonly privateIps: readonly string[];
}

export interface InstanceView extends EndpointView {
  readonly zone?: string | undefined;
}

export interface Change {
  readonly kind: Kind;
  readonly nic: NicView;
  /** The instance that holds the vNIC before; `undefined` where none does, as far as this plan knows. */
  readonly from: InstanceView | undefined;
  /** The instance that holds it after. */
  readonly to: InstanceView | undefined;
  readonly runner: Runner;
  /** The resources in Terraform, the first the one that attaches. */
  readonly addresses: readonly string[];
  /** What the handler is asked to do, in order from 1. Steps of one number may run at the same time. */
  readonly steps: readonly { readonly order: number; readonly goal: Goal }[];
  readonly risks: readonly Risk[];
}

/** One instance of the picture. */
export interface Box {
  readonly instance: InstanceView;
  /** Of the vNICs that it holds before or after. */
  readonly changes: readonly Change[];
  /** vNICs that are there and in no attachment of the plan; `undefined` where nobody asked. */
  readonly others: number | undefined;
}

export interface Review {
  /** `none`: nothing happens. `risky`: there is an error or a warning. */
  readonly verdict: 'none' | 'changes' | 'risky';
  /** Nobody asked the API. */
  readonly offline: boolean;
  readonly terraformVersion: string | undefined;
  /** In the order in which they happen; what is kept comes last. */
  readonly changes: readonly Change[];
  /** What could go wrong with the plan as a whole. */
  readonly risks: readonly Risk[];
  readonly boxes: readonly Box[];
}
