/** A server for Terraform's plugin protocol 6: define a provider, then `serve` it. */
export { DiagnosticError, type Diagnostic, type Diagnostics } from './diagnostics';
export type { Json } from './codec';
export { dataSource, resource } from './provider';
export type {
  ClientContext,
  ConfigureContext,
  Context,
  ListDefinition,
  MoveRequest,
  PlanRequest,
  ProviderDefinition,
  ResourceDefinition,
  ResourceContext,
} from './provider';
export { attribute, block, defineSchema, objectType } from './schema';
export type { KnownValues, PlannedValues, Schema } from './schema';
export { serve } from './serve';
export { isUnknown, types, UNKNOWN } from './values';
