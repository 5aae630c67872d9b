/** A server of Terraform's plugin protocol 6: describe a provider, then `serve` it. */
export { DiagnosticError } from './diagnostics';
export type { Diagnostic, Diagnostics } from './diagnostics';
export type { Json } from './json';
export type { Logger } from './log';
export type { Path } from './path';
export { dataSource, resource } from './provider';
export type {
  ApplyResult,
  ClientContext,
  ConfigureContext,
  ConfigureRequest,
  Context,
  CreateRequest,
  DataSourceDefinition,
  MoveRequest,
  PlanRequest,
  PlanResult,
  ProviderDefinition,
  ResourceDefinition,
  UpdateRequest,
  WithPrivate,
} from './provider';
export { attribute, block, defineSchema, nestedAttribute } from './schema';
export type { Known, Planned, Schema } from './schema';
export { serve } from './serve';
export { types } from './type';
export { isUnknown, UNKNOWN } from './value';
export type { Unknown } from './value';
