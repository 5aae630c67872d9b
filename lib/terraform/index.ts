/** Reads what `terraform show -json` writes, for the attachments in it. */
export { readPlan } from './plan';
export type { FoundDrift, Plan } from './plan';
export type { Operation, PlannedAttachment } from './planned-attachment';
export { compare, readState } from './state';
export type { RecordedAttachment } from './state';
export type { Endpoint, Endpoints, Runner, Unknown } from './resource';
export { sameEndpoint, withoutKeys } from './resource';
export { Graph } from './graph';
export { TerraformJsonError } from './json';
