/** Reads attachments from the output of `terraform show -json`. */
export { readPlan, type Plan } from './plan';
export type { PlannedOperation, PlannedAttachment } from './planned-attachment';
export { compare, readState, type State, type StateAttachment } from './state';
export type { Endpoint, Endpoints, Runner, UnknownReason } from './resource';
export { comparableId, sameEndpoint, withoutKeys } from './resource';
export { Graph } from './graph';
export { TerraformJsonError } from './json';
