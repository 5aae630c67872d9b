/** The handler, for TypeScript programs that attach and detach vNICs without Terraform. */
export { NicAttachmentHandler, readResultOf } from './handler';
export type {
  Attachment,
  CallerOptions,
  CreateResult,
  DeleteResult,
  HandlerOptions,
  ReadResult,
} from './handler';
export type { OperationOptions, ProgressEvent } from './options';
export { ConvergenceProgress } from './progress';
export { OperationError, type FailureReason, type LeftBehind, type OperationErrorDetails } from './errors';
export type { Goal, Until } from './decide';
export type { Observation, Owner, Target, View } from './view';
