export { AttachmentRunner } from './constructs/attachment-runner';
export { Carrier } from './constructs/carrier';
export * from './constructs/local-exec-runner';
export * from './constructs/nic-attachment';
export * from './constructs/provider-runner';
