import { parseState, valueFrom, type Json } from './codec';
import { DiagnosticError, MalformedError } from './diagnostics';
import { identityOf, identitySchemas, identityToImport, identityType } from './identity';
import type { Secrets } from './log';
import { actionOf, planFromSchema, replacements, validateConfig } from './plan';
import { pathToProto, schemaToProto } from './protocol';
import type { ProviderDefinition } from './provider';
import type { DynamicValue, RpcHandlers, RpcContext } from './rpc-context';
import { schemaType, secretsIn, type Schema } from './schema';
import { unknownToNull, type ObjectValue } from './values';

const CAPABILITIES = {
  planDestroy: true,
  getProviderSchemaOptional: true,
  moveResourceState: true,
};

/**
 * Implements Terraform's RPCs with a provider definition: decodes values, calls the definition, encodes the result.
 * @param secrets receives the secrets of the provider configuration, so that later log lines redact them too
 */
export function createHandlers(provider: ProviderDefinition, secrets: Secrets): RpcHandlers {
  /** Set by `configureProvider`, which Terraform calls before the RPCs that need it. */
  let client: unknown;
  const resourceOf = (typeName: string) => lookUp(provider.resources, typeName, 'resource');
  const lists = Object.fromEntries(
    Object.entries(provider.resources).flatMap(([typeName, { list }]) =>
      list === undefined ? [] : [[typeName, list]],
    ),
  );
  const listOf = (typeName: string) => lookUp(lists, typeName, 'list resource');
  const dataSourceOf = (typeName: string) => lookUp(provider.dataSources, typeName, 'data source');
  const contextOf = (rpc: RpcContext, privateState: Uint8Array = new Uint8Array()) =>
    rpc.with({ client, privateState });

  return {
    getMetadata: () => ({
      serverCapabilities: CAPABILITIES,
      resources: Object.keys(provider.resources).map((typeName) => ({ typeName })),
      dataSources: Object.keys(provider.dataSources).map((typeName) => ({ typeName })),
      listResources: Object.keys(lists).map((typeName) => ({ typeName })),
    }),
    getProviderSchema: () => ({
      serverCapabilities: CAPABILITIES,
      provider: schemaToProto(provider.schema),
      resourceSchemas: schemasOf(provider.resources),
      dataSourceSchemas: schemasOf(provider.dataSources),
      listResourceSchemas: schemasOf(lists),
    }),
    getResourceIdentitySchemas: () => ({ identitySchemas: identitySchemas(provider.resources) }),
    getFunctions: () => ({}),

    validateProviderConfig: ({ config }, rpc) => validate(provider, config, rpc),
    validateResourceConfig: ({ typeName, config }, rpc) => validate(resourceOf(typeName), config, rpc),
    validateDataResourceConfig: ({ typeName, config }, rpc) => validate(dataSourceOf(typeName), config, rpc),
    validateListResourceConfig: ({ typeName, config }, rpc) =>
      validate(listOf(typeName), config, rpc, ['config']),

    configureProvider: async (request, rpc) => {
      const config = rpc.decodeRequired(provider.schema, request.config);
      secrets.add(secretsIn(provider.schema.attributes, config));
      const context = rpc.with({ addSecrets: (values: readonly string[]) => secrets.add(values) });
      client = await provider.configure(config, context);
      return {};
    },

    readDataSource: async ({ typeName, config }, rpc) => {
      const definition = dataSourceOf(typeName);
      const known = rpc.decodeRequired(definition.schema, config);
      return { state: rpc.encode(definition.schema, await definition.read(known, contextOf(rpc))) };
    },

    upgradeResourceState: ({ typeName, rawState }, rpc) => {
      const { schema } = resourceOf(typeName);
      const state = fromStored(rawState, (stored) => {
        const value = valueFrom(schemaType(schema), stored, 'state') as ObjectValue;
        const missing = Object.entries(schema.attributes).find(
          ([name, { options }]) => options.required === true && value[name] === null,
        );
        if (missing !== undefined) throw new MalformedError(`state.${missing[0]} is null`);
        return value;
      });
      return { upgradedState: rpc.encode(schema, state) };
    },

    upgradeResourceIdentity: ({ typeName, rawIdentity }) => {
      const definition = resourceOf(typeName);
      const type = identityType(definition);
      const identity = fromStored(rawIdentity, (stored) => valueFrom(type, stored, 'identity'));
      return { upgradedIdentity: identityOf(definition, identity) };
    },

    readResource: async (request, rpc) => {
      const definition = resourceOf(request.typeName);
      const context = contextOf(rpc, request.private);
      const current = rpc.decodeRequired(definition.schema, request.currentState);
      const state = await definition.read(current, context);
      return {
        newState: rpc.encode(definition.schema, state),
        newIdentity: identityOf(definition, state),
        private: context.privateState,
      };
    },

    planResourceChange: async (request, rpc) => {
      const definition = resourceOf(request.typeName);
      const { schema } = definition;
      const prior = rpc.decode(schema, request.priorState);
      const proposed = rpc.decode(schema, request.proposedNewState);
      const config = rpc.decode(schema, request.config) ?? {};
      const context = contextOf(rpc, request.priorPrivate);
      const fromSchema = proposed && planFromSchema(schema, prior, proposed, config);
      const action = actionOf(schema, prior, fromSchema);
      const refined = await definition.plan?.({ config, prior, planned: fromSchema, action }, context);
      const planned = (refined ?? fromSchema) as ObjectValue | null;
      return {
        plannedState: rpc.encode(schema, planned),
        plannedIdentity: identityOf(definition, planned),
        requiresReplace: replacements(schema, prior, planned).map(pathToProto),
        plannedPrivate: context.privateState,
      };
    },

    applyResourceChange: async (request, rpc) => {
      const definition = resourceOf(request.typeName);
      const { schema } = definition;
      const prior = rpc.decode(schema, request.priorState);
      const planned = rpc.decode(schema, request.plannedState);
      const config = rpc.decode(schema, request.config) ?? {};
      const context = contextOf(rpc, request.plannedPrivate);
      /** The new state. It stays the prior state if the method throws. */
      let state: unknown = prior;
      try {
        if (planned === null) {
          await definition.delete(prior, context);
          state = null;
        } else {
          const result =
            prior === null
              ? await definition.create({ config, planned }, context)
              : await definition.update({ prior, planned }, context);
          ({ state } = result);
          if (result.error !== undefined) rpc.addError(result.error);
        }
      } catch (error) {
        rpc.addError(error);
      }
      const known = unknownToNull(state as ObjectValue | null);
      return {
        newState: rpc.encode(schema, known),
        newIdentity: identityOf(definition, known),
        private: context.privateState,
      };
    },

    importResourceState: async ({ typeName, id, identity }, rpc) => {
      const definition = resourceOf(typeName);
      const context = contextOf(rpc);
      const wanted = identity === undefined ? id : identityToImport(definition, identity);
      const found = (await definition.importState?.(wanted, context)) as Partial<ObjectValue> | undefined;
      if (found === undefined) throw new DiagnosticError(`${typeName} cannot be imported`);
      const nulls = Object.fromEntries(Object.keys(definition.schema.attributes).map((name) => [name, null]));
      const imported = {
        typeName,
        state: rpc.encode(definition.schema, { ...nulls, ...found }),
        identity: identityOf(definition, found),
        private: context.privateState,
      };
      return { importedResources: [imported] };
    },

    moveResourceState: async ({ sourceTypeName, sourceState, sourcePrivate, targetTypeName }, rpc) => {
      const definition = resourceOf(targetTypeName);
      const context = rpc.with({ privateState: sourcePrivate });
      const stored = fromStored(sourceState, (state) => state);
      const source = { sourceType: sourceTypeName, sourceState: stored };
      const moved = await definition.moveState?.(source, context);
      if (moved === undefined) {
        throw new DiagnosticError(`${sourceTypeName} cannot be moved to ${targetTypeName}`, {
          detail: 'This provider does not support moving state from that resource type.',
        });
      }
      return {
        targetState: rpc.encode(definition.schema, moved),
        targetIdentity: identityOf(definition, moved),
        targetPrivate: context.privateState,
      };
    },

    async *listResource({ typeName, config, includeResourceObject, limit }, rpc) {
      const definition = resourceOf(typeName);
      const list = listOf(typeName);
      const known = rpc.decodeRequired(list.schema, config);
      if (limit <= 0n) return;
      let count = 0n;
      for await (const { displayName, state } of list.list(known, contextOf(rpc))) {
        const resourceObject = includeResourceObject ? rpc.encode(definition.schema, state) : undefined;
        yield { displayName, identity: identityOf(definition, state), resourceObject };
        if (++count === limit) return;
      }
    },
  };
}

type Definitions<D> = Readonly<Record<string, D>>;

function lookUp<D>(definitions: Definitions<D>, typeName: string, what: string): D {
  const found = definitions[typeName];
  if (found === undefined) {
    throw new DiagnosticError(`This provider has no ${what} ${JSON.stringify(typeName)}`);
  }
  return found;
}

function schemasOf(definitions: Definitions<{ readonly schema: Schema }>) {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { schema }]) => [name, schemaToProto(schema)]),
  );
}

function validate(
  { schema }: { readonly schema: Schema },
  config: DynamicValue | undefined,
  rpc: RpcContext,
  parent: readonly string[] = [],
): object {
  validateConfig(schema, rpc.decodeRequired(schema, config), rpc.diagnostics, parent);
  return {};
}

/** Converts a stored state. A malformed one is reported as a diagnostic, because a user may have edited it. */
function fromStored<T>(
  stored: { readonly json: Uint8Array } | undefined,
  convert: (state: Readonly<Record<string, Json>>) => T,
): T {
  try {
    return convert(parseState(stored?.json ?? new Uint8Array()));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const detail = `${error.message}. Restore a backup of the state, or remove the resource from it and import it again.`;
    throw new DiagnosticError('The stored state is invalid', { detail, cause: error });
  }
}
