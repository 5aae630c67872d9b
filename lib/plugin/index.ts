/** A server for Terraform's plugin protocol 6: define a provider, then `serve` it. */
export { DiagnosticError } from './diagnostics';
export type { Diagnostic, Diagnostics, Path } from './diagnostics';
export type { Json } from './codec';
export type { Logger } from './log';
export { dataSource, resource } from './provider';
export type {
  ApplyResult,
  ClientContext,
  ConfigureContext,
  Context,
  CreateRequest,
  DataSourceDefinition,
  MoveRequest,
  PlanRequest,
  ProviderDefinition,
  ResourceDefinition,
  UpdateRequest,
  ResourceContext,
  WithPrivate,
} from './provider';
export { attribute, block, defineSchema } from './schema';
export type { KnownValues, PlannedValues, Schema } from './schema';
export { serve } from './serve';
export { isUnknown, types, UNKNOWN } from './values';
export type { Unknown } from './values';
