/** Reads what `terraform show -json` writes, for the attachments in it. */
export { readPlan } from './plan';
export type { FoundDrift, Plan } from './plan';
export type { Operation, PlannedAttachment, Skipped } from './planned';
export { compare, readState } from './state';
export type { RecordedAttachment } from './state';
export { sameEnds } from './ends';
export type { End, Ends, Untold } from './ends';
export type { Runner } from './carriers';
export type { BlockAddress } from './address';
export { Dependencies } from './dependencies';
export { TerraformJsonError } from './read';
