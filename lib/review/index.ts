/**
 * What a plan will do to attachments, and where the cloud has drifted from what Terraform has on record: a plan or a
 * state and the inventory of what it names, read from the API → operations in their order → predicted outcomes →
 * changes with their risks → one review, in several formats.
 */
export { readInventory } from './inventory';
export { reviewOf } from './review';
export type { Review } from './model';
export { driftOf } from './drift';
export { driftText, reviewText } from './formats/text';
export type { Paint, Style } from './formats/text';
export { driftMarkdown, reviewMarkdown } from './formats/markdown';
export { driftJson, reviewJson } from './formats/json';
export { reviewHtml } from './formats/html';
export { reviewSvg } from './formats/svg';
