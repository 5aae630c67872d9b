import { DiagnosticError } from './diagnostics';
import type { Secrets } from './log';
import { validateConfig } from './plan';
import { schemaToProto } from './protocol';
import type { DataSourceDefinition, ProviderDefinition } from './provider';
import { resourceHandlers } from './resource-service';
import type { Handlers } from './rpc-context';
import { secretsIn } from './schema';
import { hasUnknown } from './values';

const CAPABILITIES = {
  planDestroy: true,
  getProviderSchemaOptional: true,
  moveResourceState: true,
};

/**
 * Implements Terraform's RPCs with a provider definition.
 * @param secrets receives the secrets of the provider configuration, so that later log lines redact them too
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
      resourceHandlers(name, definition, client),
    ]),
  );
  const dataSources = new Map(Object.entries(provider.dataSources ?? {}));
  const resource = (name: string) => lookUp(resources, name, 'resource');
  const dataSource = (name: string): DataSourceDefinition => lookUp(dataSources, name, 'data source');

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

    validateProviderConfig: (request, rpc) => {
      const config = rpc.decodePresent(provider.schema, request.config, 'config');
      validateConfig(provider.schema, config, rpc.diagnostics);
      return {};
    },
    configureProvider: async (request, rpc) => {
      const config = rpc.decodePresent(provider.schema, request.config, 'config');
      secrets.add(secretsIn(provider.schema.attributes, config));
      const context = rpc.with({ hide: (values: readonly string[]) => secrets.add(values) });
      const client = await provider.configure(config, context);
      if (!rpc.diagnostics.failed) configured = { client };
      return {};
    },

    validateResourceConfig: (request, rpc) => resource(request.typeName).validateResourceConfig(request, rpc),
    upgradeResourceState: (request, rpc) => resource(request.typeName).upgradeResourceState(request, rpc),
    readResource: (request, rpc) => resource(request.typeName).readResource(request, rpc),
    planResourceChange: (request, rpc) => resource(request.typeName).planResourceChange(request, rpc),
    applyResourceChange: (request, rpc) => resource(request.typeName).applyResourceChange(request, rpc),
    importResourceState: (request, rpc) => resource(request.typeName).importResourceState(request, rpc),
    moveResourceState: (request, rpc) => resource(request.targetTypeName).moveResourceState(request, rpc),

    validateDataResourceConfig: (request, rpc) => {
      const definition = dataSource(request.typeName);
      const config = rpc.decodePresent(definition.schema, request.config, 'config');
      validateConfig(definition.schema, config, rpc.diagnostics);
      return {};
    },
    readDataSource: async (request, rpc) => {
      const definition = dataSource(request.typeName);
      const config = rpc.decodePresent(definition.schema, request.config, 'config');
      if (hasUnknown(config))
        throw new DiagnosticError(`The configuration of ${request.typeName} contains unknown values`);
      const state = await definition.read(config, rpc.with({ client: client() }));
      return { state: rpc.encodeState(definition.schema, state) };
    },
  };
}

function schemas(definitions: Readonly<Record<string, Pick<DataSourceDefinition, 'schema'>>>) {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { schema }]) => [name, schemaToProto(schema)]),
  );
}

function lookUp<T>(map: ReadonlyMap<string, T>, name: string, what: string): T {
  const found = map.get(name);
  if (found === undefined)
    throw new DiagnosticError(`This provider has no ${what} ${JSON.stringify(name.slice(0, 200))}`);
  return found;
}
