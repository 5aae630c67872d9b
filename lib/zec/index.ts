/** The ZEC API client of `cdktf-zenlayer-zec`: what TypeScript users import from `cdktf-zenlayer-zec/zec`. */
export { ZecClient, type ZecClientOptions } from './client';
export { fullJitter, systemClock, type Clock } from './clock';
export { redactor, Secret, type AccessKey, type Credentials, type Token } from './credentials';
export { MissingCredentialsError, SettingsError } from './errors';
export { ZecResponseError, ZecApiError, ZecError, ZecNetworkError } from './errors';
export type { ErrorKind, Outcome, ZecErrorDetails } from './errors';
export { attachmentId, InvalidIdError, parseInstanceId, parseNicId } from './ids';
export type { AttachmentId, InstanceId, NicId } from './ids';
export { InFlightFiles, InFlightMemory } from './in-flight';
export type { InFlightRequest, InFlightStore, SentRequest } from './in-flight';
export { describeInstancesById, describeNics, listInstances, listNetworkInterfaces } from './paging';
export { resolveSettings, type ResolveOptions, type Scheme, type ZecSettings } from './settings';
export type { FileContent, ReadFile } from './settings-file';
export * from './types';
