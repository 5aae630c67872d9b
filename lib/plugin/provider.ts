import type { Json } from './codec';
import type { Diagnostic, Diagnostics } from './diagnostics';
import type { Logger } from './log';
import type { KnownValues, PlannedValues, Schema } from './schema';

export type Awaitable<T> = T | Promise<T>;

/** The context of every provider method. */
export interface Context {
  /** Aborts when Terraform requests a stop (Ctrl-C) or exits, and when this process receives SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Collects warnings and errors. The RPC fails if it contains an error, regardless of what the method returns. */
  readonly diagnostics: Diagnostics;
}

export interface ConfigureContext extends Context {
  /**
   * Redacts strings from all later log lines and diagnostics. For secrets from outside the configuration: values of
   * sensitive attributes are redacted anyway.
   */
  addSecrets(secrets: readonly string[]): void;
}

/** The context of methods that call the provider's API. `client` is the result of `configure`. */
export interface ClientContext<C> extends Context {
  readonly client: C;
}

/** Private bytes that Terraform stores with a resource's state and does not display. Assign to change them. */
export interface WithPrivate {
  privateState: Uint8Array;
}

export type ResourceContext<C> = ClientContext<C> & WithPrivate;

/** A provider: its settings, resources and data sources. `C` is the client that `configure` returns. */
export interface ProviderDefinition<S extends Schema = Schema, C = unknown> {
  /** Names the provider in log lines. */
  readonly name: string;
  readonly schema: S;
  /** By type name, such as `zec_nic_attachment`. Wrap each in `resource`. */
  readonly resources: Readonly<Record<string, ResourceDefinition<Schema, C>>>;
  /** By type name. Wrap each in `dataSource`. */
  readonly dataSources: Readonly<Record<string, DataSourceDefinition<Schema, C>>>;

  /**
   * Creates the client. Called once, before any method that uses it. If it throws, Terraform stops.
   * @param config may contain unknown values during a plan, if settings depend on resources that do not exist yet
   */
  configure(config: PlannedValues<S>, context: ConfigureContext): Awaitable<C>;

  /**
   * Converts an error that a method threw into a diagnostic. Returns undefined for an unexpected error, which is then
   * logged with its stack and reported without it.
   */
  describeError?(error: unknown): Omit<Diagnostic, 'severity'> | undefined;
}

export interface PlanRequest<S> {
  readonly config: PlannedValues<S>;
  /** The prior state; null for a create. */
  readonly prior: KnownValues<S> | null;
  /** The planned state that follows from the schema; null for a destroy. */
  readonly planned: PlannedValues<S> | null;
  readonly action: 'create' | 'update' | 'replace' | 'destroy' | 'none';
}

export interface CreateRequest<S> {
  readonly config: KnownValues<S>;
  /** The state to return. Only computed attributes may be unknown. */
  readonly planned: PlannedValues<S>;
}

/** Has no configuration, because that contains changes that `ignore_changes` excludes from the plan. */
export interface UpdateRequest<S> {
  readonly prior: KnownValues<S>;
  /** The state to return. Only computed attributes may be unknown. */
  readonly planned: PlannedValues<S>;
}

/**
 * The result of a create or an update. With an `error`, `state` is what now exists; unknown values in it become null.
 * After a failed create, Terraform records a state as tainted, and nothing if it is null.
 */
export type ApplyResult<S> =
  | { readonly state: KnownValues<S>; readonly error?: never }
  | { readonly state: PlannedValues<S> | null; readonly error: unknown };

export interface MoveRequest {
  readonly sourceType: string;
  /** The stored state, including values of sensitive attributes. */
  readonly sourceState: Readonly<Record<string, Json>>;
}

/** A managed resource. Methods that change something must stop and throw soon after their signal aborts. */
export interface ResourceDefinition<S extends Schema = Schema, C = unknown> {
  readonly schema: S;

  /**
   * The required string attribute that identifies the object (Terraform 1.12). An import by identity calls `importState`
   * with its value.
   */
  readonly identity?: string;

  /** Lists existing objects, for `terraform query` (Terraform 1.14). The resource must have an `identity`. */
  readonly list?: ListDefinition<Schema, S, C>;

  /**
   * Refines the plan that follows from the schema. Called for every plan, including a destroy. A replacement is planned
   * twice: with the prior state, then without one. Must not change anything.
   * @returns the planned state, if it differs from `planned`; only computed attributes may differ from the configuration
   */
  plan?(request: PlanRequest<S>, context: ResourceContext<C>): Awaitable<PlannedValues<S> | undefined>;

  /**
   * Creates the object. The returned state must match the plan. If this throws, Terraform records nothing: return an
   * `error` with a state if the object may exist.
   */
  create(request: CreateRequest<S>, context: ResourceContext<C>): Awaitable<ApplyResult<S>>;

  /** Reads the object. Returns null if it no longer exists. */
  read(state: KnownValues<S>, context: ResourceContext<C>): Awaitable<KnownValues<S> | null>;

  /** Updates the object in place. If it throws, Terraform keeps the prior state. */
  update(request: UpdateRequest<S>, context: ResourceContext<C>): Awaitable<ApplyResult<S>>;

  /** Deletes the object. Succeeds if it no longer exists. If it throws, Terraform keeps the state. */
  delete(state: KnownValues<S>, context: ResourceContext<C>): Awaitable<void>;

  /** Finds the object to import. Returns the attributes that `read` needs; all others become null. */
  importState?(id: string, context: ResourceContext<C>): Awaitable<Partial<PlannedValues<S>>>;

  /**
   * Converts the state of another resource type (a `moved` block). Returns undefined if it does not support that type.
   * May be called before `configure`.
   */
  moveState?(request: MoveRequest, context: Context & WithPrivate): Awaitable<KnownValues<S> | undefined>;
}

export interface DataSourceDefinition<S extends Schema = Schema, C = unknown> {
  readonly schema: S;
  /** Reads the data. Called once the configuration is known. Throws if the object does not exist. */
  read(config: KnownValues<S>, context: ClientContext<C>): Awaitable<KnownValues<S>>;
}

/** Lists objects of a resource type. `L` is the schema of the list's configuration. */
export interface ListDefinition<L extends Schema, S extends Schema, C> {
  readonly schema: L;
  /** The iteration ends early once Terraform has as many objects as it wants. */
  list(config: KnownValues<L>, context: ClientContext<C>): AsyncIterable<ListedObject<S>>;
}

export interface ListedObject<S> {
  readonly displayName: string;
  /** What `read` would return. */
  readonly state: KnownValues<S>;
}

/** Erases the schema type of a resource, for `ProviderDefinition.resources`. */
export const resource = <S extends Schema, C>(
  definition: ResourceDefinition<S, C>,
): ResourceDefinition<Schema, C> => definition;

/** Erases the schema type of a data source, for `ProviderDefinition.dataSources`. */
export const dataSource = <S extends Schema, C>(
  definition: DataSourceDefinition<S, C>,
): DataSourceDefinition<Schema, C> => definition;
