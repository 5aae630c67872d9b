import type { Json } from './codec';
import type { Diagnostic, Diagnostics, Path } from './diagnostics';
import type { Logger } from './log';
import { propertiesOf } from './schema';
import type { Known, Planned, Schema } from './schema';

export type Awaitable<T> = T | Promise<T>;

/** What every method of a provider is given. */
export interface Context {
  /** Aborts when Terraform asks to stop (Ctrl-C), when it is gone, and when this process is told to end. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Add warnings and errors here. With an error among them the operation has failed, whatever the method returns. */
  readonly diagnostics: Diagnostics;
}

/** What `configure` is given. */
export interface ConfigureContext extends Context {
  /**
   * Keeps texts out of every log line and diagnostic from now on: secrets that the configuration does not hold. Those
   * of its sensitive attributes are kept out anyway.
   */
  hide(secrets: readonly string[]): void;
}

/** What methods are given that talk to the provider's service: also what `configure` made. */
export interface ClientContext<C> extends Context {
  readonly client: C;
}

/** Bytes that Terraform keeps beside a resource's state and shows nobody. Assign to change them. */
export interface WithPrivate {
  privateState: Uint8Array;
}

export interface ConfigureRequest<S> {
  /** May hold unknowns during a plan, when settings depend on resources that do not exist yet. */
  readonly config: Planned<S>;
  readonly terraformVersion: string;
}

/** A provider: settings, resources and data sources. `C` is what `configure` makes and resources use: a client. */
export interface ProviderDefinition<S extends Schema = Schema, C = unknown> {
  /** Names the provider in log lines. */
  readonly name: string;
  readonly schema: S;
  /** By type name, `zec_nic_attachment`. Wrap each in `resource`. */
  readonly resources?: Readonly<Record<string, ResourceDefinition<Schema, C>>>;
  /** By type name. Wrap each in `dataSource`. */
  readonly dataSources?: Readonly<Record<string, DataSourceDefinition<Schema, C>>>;

  /** Checks the settings beyond what the schema says. Called without a connection to anything. */
  validate?(config: Planned<S>, context: Context): Awaitable<void>;

  /** Called once, before any method that has a client. If it throws, Terraform stops. */
  configure(request: ConfigureRequest<S>, context: ConfigureContext): Awaitable<C>;

  /**
   * Called once when Terraform asks to stop; every running operation's signal is aborted already.
   * Must not wait for the operations.
   */
  stop?(): Awaitable<void>;

  /**
   * Turns an error that a method threw into a diagnostic. Return undefined for an error it does not know: that one is
   * logged with its stack, and shown without.
   */
  describeError?(error: unknown): Omit<Diagnostic, 'severity'> | undefined;
}

export interface PlanRequest<S> {
  readonly config: Planned<S>;
  /** The state before; null for a create. */
  readonly prior: Known<S> | null;
  /** What apply would make, as the schema's flags have it; null for a destroy. */
  readonly planned: Planned<S> | null;
  readonly action: 'create' | 'update' | 'replace' | 'destroy' | 'none';
}

export interface PlanResult<S> {
  /** Takes the place of the request's `planned`. Only computed attributes may differ from the configuration. */
  readonly planned?: Planned<S>;
  /** More attributes whose change replaces the resource. */
  readonly requiresReplace?: readonly Path[];
}

export interface CreateRequest<S> {
  /** Wholly known by now. */
  readonly config: Known<S>;
  /** What the state must become. Unknown only where the schema says computed. */
  readonly planned: Planned<S>;
}

export interface UpdateRequest<S> extends CreateRequest<S> {
  readonly prior: Known<S>;
}

/**
 * How a create or an update ended. With an `error`, `state` is what is left behind, in which unknowns become null:
 * after a create, a state is recorded as tainted, and null means that nothing was left.
 */
export type ApplyResult<S> =
  | { readonly state: Known<S>; readonly error?: never }
  | { readonly state: Planned<S> | null; readonly error: unknown };

export interface MoveRequest {
  /** `registry.terraform.io/hashicorp/null` */
  readonly sourceProvider: string;
  readonly sourceType: string;
  readonly sourceVersion: number;
  /** The state as it is stored. Values of the source's sensitive attributes are in it too. */
  readonly sourceState: Readonly<Record<string, Json>>;
}

/** A managed resource. A method that may change something stops soon after its signal aborts, and then throws. */
export interface ResourceDefinition<S extends Schema = Schema, C = unknown> {
  readonly schema: S;

  /** Checks a configuration beyond what the schema says. Called without a client; anything may be unknown. */
  validate?(config: Planned<S>, context: Context): Awaitable<void>;

  /**
   * Called for every plan, a destroy's too, after the schema's flags were applied. A replacement is planned twice: with
   * the prior state, then without one. Must change nothing.
   */
  plan?(
    request: PlanRequest<S>,
    context: ClientContext<C> & WithPrivate,
  ): Awaitable<PlanResult<S> | undefined>;

  /**
   * Makes the object. Must return a state in which every planned value is as planned. If it throws, Terraform records
   * that nothing was made; return an `error` with a state if something may have been left behind.
   */
  create(request: CreateRequest<S>, context: ClientContext<C> & WithPrivate): Awaitable<ApplyResult<S>>;

  /** Reads the object. Returns null when it is gone. */
  read(state: Known<S>, context: ClientContext<C> & WithPrivate): Awaitable<Known<S> | null>;

  /**
   * Changes the object in place. Without this method every attribute of the configuration must require replacement.
   * If it throws, the prior state is kept.
   */
  update?(request: UpdateRequest<S>, context: ClientContext<C> & WithPrivate): Awaitable<ApplyResult<S>>;

  /** Removes the object; already gone is success. If it throws, the state is kept. */
  delete(state: Known<S>, context: ClientContext<C> & WithPrivate): Awaitable<void>;

  /** Finds what `terraform import` names. Sets what `read` needs; what it leaves out is null. */
  importState?(id: string, context: ClientContext<C> & WithPrivate): Awaitable<Partial<Planned<S>>>;

  /**
   * Takes over the state of a resource of another type (a `moved` block). Returns undefined when it does not know that
   * type. May be called before `configure`.
   */
  moveState?(request: MoveRequest, context: Context & WithPrivate): Awaitable<Known<S> | undefined>;
}

/** Something to look up. */
export interface DataSourceDefinition<S extends Schema = Schema, C = unknown> {
  readonly schema: S;
  /** Checks a configuration beyond what the schema says. Called without a client; anything may be unknown. */
  validate?(config: Planned<S>, context: Context): Awaitable<void>;
  /** Called when the whole configuration is known. Throws when there is nothing to find. */
  read(config: Known<S>, context: ClientContext<C>): Awaitable<Known<S>>;
}

/** Makes a typed resource fit for a provider's list of resources. */
export function resource<S extends Schema, C>(
  definition: ResourceDefinition<S, C>,
): ResourceDefinition<Schema, C> {
  const { schema } = definition;
  const changeable = Object.entries(propertiesOf(schema)).find(
    ([, { options }]) =>
      (options.required === true || options.optional === true) && options.requiresReplace !== true,
  );
  if (definition.update === undefined && changeable !== undefined) {
    throw new Error(`${changeable[0]} can change without replacement, so the resource needs update.`);
  }
  // Values were checked against this very schema before they reach the definition, and are again when they leave it.
  return definition;
}

/** Makes a typed data source fit for a provider's list of data sources. */
export function dataSource<S extends Schema, C>(
  definition: DataSourceDefinition<S, C>,
): DataSourceDefinition<Schema, C> {
  return definition;
}
