import { DiagnosticError } from './diagnostics';
import type { Secrets } from './log';
import { validateConfig } from './plan';
import { schemaToProto } from './protocol';
import type { Response, ProviderMethod, Request } from './protocol';
import type { DataSourceDefinition, ProviderDefinition } from './provider';
import { ResourceService } from './resource-service';
import type { RpcContext } from './rpc-context';
import { secretsIn } from './schema';
import { hasUnknown } from './values';

/** A handler for each RPC of `tfplugin6.Provider`. It throws errors; the caller turns them into diagnostics. */
export type Handlers = {
  readonly [M in Exclude<ProviderMethod, 'stopProvider'>]: (
    request: Request<M>,
    rpc: RpcContext,
  ) => Response<M> | Promise<Response<M>>;
};

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
      new ResourceService(name, definition, client),
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

    validateProviderConfig: async (request, rpc) => {
      const config = rpc.decodePresent(provider.schema, request.config, 'config');
      validateConfig(provider.schema, config, rpc.diagnostics);
      await provider.validate?.(config, rpc);
      return {};
    },
    configureProvider: async (request, rpc) => {
      const config = rpc.decodePresent(provider.schema, request.config, 'config');
      secrets.add(secretsIn(provider.schema, config));
      const { signal, log, diagnostics } = rpc;
      const client = await provider.configure(
        { config, terraformVersion: request.terraformVersion },
        { signal, log, diagnostics, hide: (values) => secrets.add(values) },
      );
      if (!rpc.diagnostics.failed) configured = { client };
      return {};
    },

    validateResourceConfig: (request, rpc) => resource(request.typeName).validate(request, rpc),
    upgradeResourceState: (request, rpc) => resource(request.typeName).upgrade(request, rpc),
    readResource: (request, rpc) => resource(request.typeName).read(request, rpc),
    planResourceChange: (request, rpc) => resource(request.typeName).plan(request, rpc),
    applyResourceChange: (request, rpc) => resource(request.typeName).apply(request, rpc),
    importResourceState: (request, rpc) => resource(request.typeName).importState(request, rpc),
    moveResourceState: (request, rpc) => resource(request.targetTypeName).moveState(request, rpc),

    validateDataResourceConfig: async (request, rpc) => {
      const definition = dataSource(request.typeName);
      const config = rpc.decodePresent(definition.schema, request.config, 'config');
      validateConfig(definition.schema, config, rpc.diagnostics);
      await definition.validate?.(config, rpc);
      return {};
    },
    readDataSource: async (request, rpc) => {
      const definition = dataSource(request.typeName);
      const config = rpc.decodePresent(definition.schema, request.config, 'config');
      if (hasUnknown(config))
        throw new DiagnosticError(`The configuration of ${request.typeName} contains unknown values`);
      const { signal, log, diagnostics } = rpc;
      const state = await definition.read(config, { signal, log, diagnostics, client: client() });
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
