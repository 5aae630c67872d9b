export { AttachmentRunner } from './constructs/attachment-runner';
export type { NicAttachmentCondition, NicAttachmentLifecycle } from './constructs/attachment-runner';
export * from './constructs/data-sources';
export * from './constructs/local-exec-runner';
export * from './constructs/nic-attachment';
export * from './constructs/provider-runner';
