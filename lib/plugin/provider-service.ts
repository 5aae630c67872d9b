import { DiagnosticError } from './diagnostics';
import { decodePresent, encodeState } from './dynamic';
import type { Secrets } from './log';
import type { Operation } from './operation';
import type { DataSourceDefinition, ProviderDefinition } from './provider';
import { ResourceService } from './resource-service';
import { schemaToWire } from './schema-wire';
import { secretsIn } from './sensitive';
import { validateConfig } from './validate';
import { hasUnknown } from './value';
import type { Answer, ProviderMethod, Request } from './wire/messages';

/** A function for each call of `tfplugin6.Provider`. Errors are thrown; the caller makes diagnostics of them. */
export type Handlers = {
  readonly [M in Exclude<ProviderMethod, 'StopProvider'>]: (
    request: Request<M>,
    operation: Operation,
  ) => Promise<Answer<M>>;
};

const CAPABILITIES = {
  planDestroy: true,
  getProviderSchemaOptional: true,
  moveResourceState: true,
  generateResourceConfig: false,
};

/**
 * The calls of Terraform, answered by a provider's definition.
 * `secrets` gets those of the provider's settings, which no later line may show either.
 */
export function createHandlers(provider: ProviderDefinition, secrets: Secrets): Handlers {
  let configured: { readonly client: unknown } | undefined;
  const client = () => {
    if (configured === undefined) throw new DiagnosticError('The provider is not configured');
    return configured.client;
  };
  const resources = new Map(
    Object.entries(provider.resources ?? {}).map(([name, definition]) => [
      name,
      new ResourceService(name, definition, client),
    ]),
  );
  const dataSources = new Map(Object.entries(provider.dataSources ?? {}));
  const resource = (name: string) => known(resources, name, 'resource');
  const dataSource = (name: string): DataSourceDefinition => known(dataSources, name, 'data source');

  return {
    GetMetadata: () =>
      Promise.resolve({
        capabilities: CAPABILITIES,
        resources: [...resources.keys()].map((typeName) => ({ typeName })),
        dataSources: [...dataSources.keys()].map((typeName) => ({ typeName })),
      }),
    GetProviderSchema: () =>
      Promise.resolve({
        capabilities: CAPABILITIES,
        provider: schemaToWire(provider.schema),
        resources: schemas(provider.resources ?? {}),
        dataSources: schemas(provider.dataSources ?? {}),
      }),
    GetFunctions: () => Promise.resolve({}),

    ValidateProviderConfig: async (request, operation) => {
      const config = decodePresent(provider.schema, request.config, operation, 'config');
      validateConfig(provider.schema, config, operation.diagnostics);
      await provider.validate?.(config, operation);
      return {};
    },
    ConfigureProvider: async (request, operation) => {
      const config = decodePresent(provider.schema, request.config, operation, 'config');
      secrets.add(secretsIn(provider.schema, config));
      const { signal, log, diagnostics } = operation;
      const made = await provider.configure(
        { config, terraformVersion: request.terraformVersion },
        { signal, log, diagnostics, hide: (more) => secrets.add(more) },
      );
      if (!operation.diagnostics.failed) configured = { client: made };
      return {};
    },

    ValidateResourceConfig: (request, operation) => resource(request.typeName).validate(request, operation),
    UpgradeResourceState: (request, operation) => resource(request.typeName).upgrade(request, operation),
    ReadResource: (request, operation) => resource(request.typeName).read(request, operation),
    PlanResourceChange: (request, operation) => resource(request.typeName).plan(request, operation),
    ApplyResourceChange: (request, operation) => resource(request.typeName).apply(request, operation),
    ImportResourceState: (request, operation) => resource(request.typeName).importState(request, operation),
    MoveResourceState: (request, operation) => resource(request.targetTypeName).moveState(request, operation),

    ValidateDataResourceConfig: async (request, operation) => {
      const definition = dataSource(request.typeName);
      const config = decodePresent(definition.schema, request.config, operation, 'config');
      validateConfig(definition.schema, config, operation.diagnostics);
      await definition.validate?.(config, operation);
      return {};
    },
    ReadDataSource: async (request, operation) => {
      const definition = dataSource(request.typeName);
      const config = decodePresent(definition.schema, request.config, operation, 'config');
      if (hasUnknown(config))
        throw new DiagnosticError(`The configuration of ${request.typeName} is not known yet`);
      const { signal, log, diagnostics } = operation;
      const state = await definition.read(config, { signal, log, diagnostics, client: client() });
      return { state: encodeState(definition.schema, state, operation) };
    },
  };
}

function schemas(
  definitions: NonNullable<ProviderDefinition['resources']> | NonNullable<ProviderDefinition['dataSources']>,
) {
  return new Map(Object.entries(definitions).map(([name, { schema }]) => [name, schemaToWire(schema)]));
}

function known<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = map.get(name);
  if (found === undefined)
    throw new DiagnosticError(`This provider has no ${what} ${JSON.stringify(name.slice(0, 200))}`);
  return found;
}
