import { parseState, valueFrom } from './codec';
import type { Json } from './codec';
import { DiagnosticError, MalformedError } from './diagnostics';
import { checkApplied, checkPlan, planFromSchema, replacements, validateConfig } from './plan';
import { pathToProto } from './protocol';
import type { PlanRequest, ResourceContext, ResourceDefinition } from './provider';
import { toDynamicValue } from './rpc-context';
import type { Handlers, RpcContext } from './rpc-context';
import { schemaType } from './schema';
import { emptyRecord, equal, hasUnknown, isObject, unknownToNull } from './values';
import type { ObjectValue } from './values';

type ResourceHandlers = Pick<
  Handlers,
  | 'validateResourceConfig'
  | 'upgradeResourceState'
  | 'readResource'
  | 'planResourceChange'
  | 'applyResourceChange'
  | 'importResourceState'
  | 'moveResourceState'
>;

/** An `ApplyResult` without the schema's types. */
interface UntypedApplyResult {
  readonly state: ObjectValue | null;
  readonly error?: unknown;
}

/** Serves the RPCs of one resource type: decodes values, calls the definition, encodes the result. */
export function resourceHandlers(
  typeName: string,
  definition: ResourceDefinition,
  client: () => unknown,
): ResourceHandlers {
  const { schema } = definition;
  const contextOf = (rpc: RpcContext, privateState: Uint8Array = new Uint8Array()) =>
    rpc.with({ client: client(), privateState });

  return {
    validateResourceConfig: (request, rpc) => {
      validateConfig(schema, rpc.decodePresent(schema, request.config, 'config'), rpc.diagnostics);
      return {};
    },

    upgradeResourceState: ({ version, rawState }, rpc) => {
      if (version > 0n) {
        throw new DiagnosticError(`The state of ${typeName} was written by a newer provider`, {
          detail: `Its schema version is ${version}; this provider supports version 0. Upgrade the provider.`,
        });
      }
      const type = schemaType(schema);
      const stored = withStateError(() => valueFrom(type, storedObject(rawState), 'state'));
      return { upgradedState: rpc.encodeState(schema, stored) };
    },

    readResource: async (request, rpc) => {
      const current = rpc.decode(schema, request.currentState, 'current_state');
      if (current === null) return { newState: toDynamicValue(schema, null), private: request.private };
      const context = contextOf(rpc, request.private);
      const state = await definition.read(current, context);
      const newState = state === null ? toDynamicValue(schema, null) : rpc.encodeState(schema, state);
      return { newState, private: context.privateState };
    },

    planResourceChange: async (request, rpc) => {
      const prior = rpc.decode(schema, request.priorState, 'prior_state');
      const proposed = rpc.decode(schema, request.proposedNewState, 'proposed_new_state');
      const config = rpc.decode(schema, request.config, 'config');
      const context = contextOf(rpc, request.priorPrivate);
      if (proposed === null) {
        const destroy = { config: config ?? emptyRecord(), prior, planned: null, action: 'destroy' } as const;
        await definition.plan?.(destroy, context);
        return { plannedState: toDynamicValue(schema, null), plannedPrivate: context.privateState };
      }
      if (config === null) throw new MalformedError('config is null');
      const fromSchema = planFromSchema(schema, prior, proposed, config);
      const action = actionOf(definition, prior, fromSchema);
      const refined = await definition.plan?.({ config, prior, planned: fromSchema, action }, context);
      const planned = (refined ?? fromSchema) as ObjectValue;
      const plannedState = toDynamicValue(schema, planned);
      checkPlan(schema, { config, prior, planned }, rpc.diagnostics);
      const requiresReplace = prior === null ? [] : replacements(schema, prior, planned).map(pathToProto);
      return { plannedState, requiresReplace, plannedPrivate: context.privateState };
    },

    applyResourceChange: async (request, rpc) => {
      const prior = rpc.decode(schema, request.priorState, 'prior_state');
      const planned = rpc.decode(schema, request.plannedState, 'planned_state');
      const config = rpc.decode(schema, request.config, 'config');
      const context = contextOf(rpc, request.plannedPrivate);
      if (planned === null) {
        if (prior === null) throw new MalformedError('prior_state and planned_state are both null');
        try {
          await definition.delete(prior, context);
        } catch (error) {
          rpc.fail(error);
        }
        const left = rpc.diagnostics.failed ? prior : null;
        return { newState: toDynamicValue(schema, left), private: context.privateState };
      }
      if (config === null || hasUnknown(config)) {
        throw new MalformedError('config is null or contains unknown values');
      }
      const { state, error } = await change(definition, { prior, planned, config }, context);
      if (error !== undefined) rpc.fail(error);
      if (state === null) return { newState: toDynamicValue(schema, null), private: context.privateState };
      if (error === undefined) checkApplied(schema, planned, state, rpc.diagnostics);
      return { newState: salvage(definition, state, planned, rpc), private: context.privateState };
    },

    importResourceState: async ({ id }, rpc) => {
      if (definition.importState === undefined) throw new DiagnosticError(`${typeName} cannot be imported`);
      const context = contextOf(rpc);
      const found = (await definition.importState(id, context)) as Partial<ObjectValue>;
      const nulls = Object.fromEntries(Object.keys(schema.attributes).map((name) => [name, null]));
      const state = rpc.encodeState(schema, { ...nulls, ...found });
      return { importedResources: [{ typeName, state, private: context.privateState }] };
    },

    moveResourceState: async ({ sourceTypeName, sourceState, sourcePrivate }, rpc) => {
      const context = rpc.with({ privateState: sourcePrivate });
      const source = {
        sourceType: sourceTypeName,
        sourceState: withStateError(() => storedObject(sourceState)),
      };
      const moved = await definition.moveState?.(source, context);
      if (moved === undefined) {
        throw new DiagnosticError(`${sourceTypeName} cannot be moved to ${typeName}`, {
          detail: 'This provider does not support moving state from that resource type.',
        });
      }
      return { targetState: rpc.encodeState(schema, moved), targetPrivate: context.privateState };
    },
  };
}

function actionOf(
  { schema }: ResourceDefinition,
  prior: ObjectValue | null,
  planned: ObjectValue,
): PlanRequest<unknown>['action'] {
  if (prior === null) return 'create';
  if (replacements(schema, prior, planned).length > 0) return 'replace';
  return equal(prior, planned) ? 'none' : 'update';
}

async function change(
  definition: ResourceDefinition,
  { prior, planned, config }: { prior: ObjectValue | null; planned: ObjectValue; config: ObjectValue },
  context: ResourceContext<unknown>,
): Promise<UntypedApplyResult> {
  try {
    if (prior === null) return (await definition.create({ planned, config }, context)) as UntypedApplyResult;
    // Without an update method, every attribute requires replacement, so there is nothing to update.
    if (definition.update === undefined) return { state: unknownToNull(planned) as ObjectValue };
    return (await definition.update({ prior, planned, config }, context)) as UntypedApplyResult;
  } catch (error) {
    return { state: prior, error: error ?? new Error('the provider threw undefined') };
  }
}

/**
 * Encodes the state of an object that now exists. An invalid state must not be lost, or the object would be orphaned:
 * a value that does not match its attribute is reported and replaced by the planned value.
 */
function salvage({ schema }: ResourceDefinition, state: ObjectValue, planned: ObjectValue, rpc: RpcContext) {
  const known = unknownToNull(state);
  try {
    return toDynamicValue(schema, known as ObjectValue);
  } catch (error) {
    rpc.fail(error);
  }
  const result = emptyRecord();
  for (const name of Object.keys(planned)) {
    result[name] = isObject(known) ? (known[name] ?? null) : null;
    try {
      toDynamicValue(schema, { ...planned, [name]: result[name] });
    } catch {
      result[name] = unknownToNull(planned[name] ?? null);
    }
  }
  return toDynamicValue(schema, result);
}

/** @throws MalformedError when it is not a JSON object */
function storedObject(stored: { readonly json: Uint8Array } | undefined): Readonly<Record<string, Json>> {
  return parseState(stored?.json ?? new Uint8Array());
}

/** Reports a malformed stored state as a diagnostic, because a user may have edited it. */
function withStateError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new DiagnosticError('The stored state is invalid', { detail: error.message, cause: error });
  }
}
