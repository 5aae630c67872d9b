import { DiagnosticError } from './diagnostics';
import type { Secrets } from './log';
import type { Operation } from './operation';
import { validateConfig } from './plan';
import { schemaToProto } from './protocol';
import type { Answer, ProviderMethod, Request } from './protocol';
import type { DataSourceDefinition, ProviderDefinition } from './provider';
import { ResourceService } from './resource-service';
import { secretsIn } from './schema';
import { hasUnknown } from './values';

/** A function for each call of `tfplugin6.Provider`. Errors are thrown; the caller makes diagnostics of them. */
export type Handlers = {
  readonly [M in Exclude<ProviderMethod, 'stopProvider'>]: (
    request: Request<M>,
    operation: Operation,
  ) => Answer<M> | Promise<Answer<M>>;
};

const CAPABILITIES = {
  planDestroy: true,
  getProviderSchemaOptional: true,
  moveResourceState: true,
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
    getMetadata: () => ({
      serverCapabilities: CAPABILITIES,
      resources: [...resources.keys()].map((typeName) => ({ typeName })),
      dataSources: [...dataSources.keys()].map((typeName) => ({ typeName })),
    }),
    getProviderSchema: () => ({
      serverCapabilities: CAPABILITIES,
      provider: schemaToProto(provider.schema),
      resourceSchemas: schemas(provider.resources ?? {}),
      dataSourceSchemas: schemas(provider.dataSources ?? {}),
    }),
    getFunctions: () => ({}),

    validateProviderConfig: async (request, operation) => {
      const config = operation.decodePresent(provider.schema, request.config, 'config');
      validateConfig(provider.schema, config, operation.diagnostics);
      await provider.validate?.(config, operation);
      return {};
    },
    configureProvider: async (request, operation) => {
      const config = operation.decodePresent(provider.schema, request.config, 'config');
      secrets.add(secretsIn(provider.schema, config));
      const { signal, log, diagnostics } = operation;
      const made = await provider.configure(
        { config, terraformVersion: request.terraformVersion },
        { signal, log, diagnostics, hide: (more) => secrets.add(more) },
      );
      if (!operation.diagnostics.failed) configured = { client: made };
      return {};
    },

    validateResourceConfig: (request, operation) => resource(request.typeName).validate(request, operation),
    upgradeResourceState: (request, operation) => resource(request.typeName).upgrade(request, operation),
    readResource: (request, operation) => resource(request.typeName).read(request, operation),
    planResourceChange: (request, operation) => resource(request.typeName).plan(request, operation),
    applyResourceChange: (request, operation) => resource(request.typeName).apply(request, operation),
    importResourceState: (request, operation) => resource(request.typeName).importState(request, operation),
    moveResourceState: (request, operation) => resource(request.targetTypeName).moveState(request, operation),

    validateDataResourceConfig: async (request, operation) => {
      const definition = dataSource(request.typeName);
      const config = operation.decodePresent(definition.schema, request.config, 'config');
      validateConfig(definition.schema, config, operation.diagnostics);
      await definition.validate?.(config, operation);
      return {};
    },
    readDataSource: async (request, operation) => {
      const definition = dataSource(request.typeName);
      const config = operation.decodePresent(definition.schema, request.config, 'config');
      if (hasUnknown(config))
        throw new DiagnosticError(`The configuration of ${request.typeName} is not known yet`);
      const { signal, log, diagnostics } = operation;
      const state = await definition.read(config, { signal, log, diagnostics, client: client() });
      return { state: operation.encodeState(definition.schema, state) };
    },
  };
}

function schemas(definitions: Readonly<Record<string, Pick<DataSourceDefinition, 'schema'>>>) {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { schema }]) => [name, schemaToProto(schema)]),
  );
}

function known<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = map.get(name);
  if (found === undefined)
    throw new DiagnosticError(`This provider has no ${what} ${JSON.stringify(name.slice(0, 200))}`);
  return found;
}
