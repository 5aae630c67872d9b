/** Reads attachments from the output of `terraform show -json`. */
export { Graph, readPlan, type Plan } from './plan';
export type { PlannedOperation, PlannedAttachment } from './planned-attachment';
export { compare, readState, type State, type StateAttachment } from './state';
export type { Endpoint, Endpoints, Runner, UnknownReason } from './resource';
export { comparableId, sameEndpoint, withoutKeys } from './resource';
export { TerraformJsonError } from './json';
