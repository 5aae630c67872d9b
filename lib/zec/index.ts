/** The ZEC API client of `cdktf-zenlayer-zec`: what TypeScript users import from `cdktf-zenlayer-zec/zec`. */
export { ZecClient } from './client';
export type { ZecClientOptions } from './client';
export { fullJitter, systemClock } from './clock';
export type { Clock } from './clock';
export { redactor, Secret } from './credentials';
export type { AccessKey, Credentials, Token } from './credentials';
export { MissingCredentialsError, SettingsError } from './errors';
export { ZecResponseError, ZecApiError, ZecError, ZecNetworkError } from './errors';
export type { ErrorKind, Outcome, ZecErrorDetails } from './errors';
export { attachmentId, InvalidIdError, parseInstanceId, parseNicId } from './ids';
export type { AttachmentId, InstanceId, NicId } from './ids';
export { InFlightFiles, InFlightMemory } from './in-flight';
export type { InFlightRequest, InFlightStore, SentRequest } from './in-flight';
export { describeInstancesById, describeNics, listInstances, listNetworkInterfaces } from './paging';
export { resolveSettings } from './settings';
export type { ResolveOptions, Scheme, ZecSettings } from './settings';
export type { FileContent, ReadFile } from './settings-file';
export * from './types';
