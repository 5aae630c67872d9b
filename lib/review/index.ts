/**
 * Reviews what a plan will do to attachments, and finds where the cloud has drifted from the Terraform state.
 * A review takes a plan and an inventory read from the API → ordered operations → predicted outcomes → changes with
 * their risks → one of several output formats.
 */
export { display, readInventory, readUnmanaged } from './inventory';
export { reviewOf } from './review';
export type { Review } from './model';
export { driftOf } from './drift';
export { driftText, reviewText, type Paint } from './formats/text';
export { driftMarkdown, reviewMarkdown } from './formats/markdown';
export { driftJson, reviewJson } from './formats/json';
export { reviewHtml } from './formats/html';
export { reviewSvg } from './formats/svg';
