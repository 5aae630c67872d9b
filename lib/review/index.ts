/** What a plan will do to attachments, and where the cloud has drifted from what Terraform has on record. */
export { lookAtPlan, reviewOf } from './review';
export type { Change, Kind, Level, Review, Risk } from './model';
export { reviewText } from './text';
export type { Paint, Style } from './text';
export { reviewMarkdown } from './markdown';
export { reviewJson } from './json';
export { reviewHtml } from './html/report';
export { reviewSvg } from './picture/svg';
export { driftOf, lookAtState } from './drift';
export type { Drift, Drifted, DriftState } from './drift';
export { driftJson, driftMarkdown, driftText } from './drift-formats';
export type { Where } from './repair';
