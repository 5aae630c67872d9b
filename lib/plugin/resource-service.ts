import { parseState, valueFrom } from './codec';
import type { Json } from './codec';
import { DiagnosticError, MalformedError } from './diagnostics';
import { checkApplied, checkPlan, planFromSchema, replacements, validateConfig } from './plan';
import { pathToProto } from './protocol';
import type { Response, Request } from './protocol';
import type { ClientContext, PlanRequest, ResourceDefinition, WithPrivate } from './provider';
import { toDynamicValue } from './rpc-context';
import type { RpcContext } from './rpc-context';
import { propertiesOf, schemaType } from './schema';
import { emptyRecord, equal, hasUnknown, isObject, unknownToNull } from './values';
import type { ObjectValue } from './values';

/** An `ApplyResult` without the schema's types. */
interface UntypedApplyResult {
  readonly state: ObjectValue | null;
  readonly error?: unknown;
}

/** Serves the RPCs of one resource type: decodes values, calls the definition, encodes the result. */
export class ResourceService {
  public constructor(
    private readonly typeName: string,
    private readonly definition: ResourceDefinition,
    private readonly client: () => unknown,
  ) {}

  public async validate(
    request: Request<'validateResourceConfig'>,
    rpc: RpcContext,
  ): Promise<Response<'validateResourceConfig'>> {
    const config = rpc.decodePresent(this.definition.schema, request.config, 'config');
    validateConfig(this.definition.schema, config, rpc.diagnostics);
    await this.definition.validate?.(config, rpc);
    return {};
  }

  public upgrade(
    { version, rawState }: Request<'upgradeResourceState'>,
    rpc: RpcContext,
  ): Response<'upgradeResourceState'> {
    const { schema } = this.definition;
    if (version > 0n) {
      throw new DiagnosticError(`The state of ${this.typeName} was written by a newer provider`, {
        detail: `Its schema version is ${version}; this provider supports version 0. Upgrade the provider.`,
      });
    }
    const stored = withStateError(() => valueFrom(schemaType(schema), storedObject(rawState), 'state'));
    return { upgradedState: rpc.encodeState(schema, stored) };
  }

  public async read(request: Request<'readResource'>, rpc: RpcContext): Promise<Response<'readResource'>> {
    const { schema } = this.definition;
    const current = rpc.decode(schema, request.currentState, 'current_state');
    if (current === null) return { newState: toDynamicValue(schema, null), private: request.private };
    const context = this.context(rpc, request.private);
    const state = await this.definition.read(current, context);
    const newState = state === null ? toDynamicValue(schema, null) : rpc.encodeState(schema, state);
    return { newState, private: context.privateState };
  }

  public async plan(
    request: Request<'planResourceChange'>,
    rpc: RpcContext,
  ): Promise<Response<'planResourceChange'>> {
    const { schema } = this.definition;
    const prior = rpc.decode(schema, request.priorState, 'prior_state');
    const proposed = rpc.decode(schema, request.proposedNewState, 'proposed_new_state');
    const config = rpc.decode(schema, request.config, 'config');
    const context = this.context(rpc, request.priorPrivate);
    if (proposed === null) {
      await this.definition.plan?.(
        { config: config ?? emptyRecord(), prior, planned: null, action: 'destroy' },
        context,
      );
      return { plannedState: toDynamicValue(schema, null), plannedPrivate: context.privateState };
    }
    if (config === null) throw new MalformedError('config is null');
    const fromSchema = planFromSchema(schema, prior, proposed, config);
    const action = this.action(prior, fromSchema);
    const refined = await this.definition.plan?.({ config, prior, planned: fromSchema, action }, context);
    const planned = (refined?.planned ?? fromSchema) as ObjectValue;
    const plannedState = toDynamicValue(schema, planned);
    checkPlan(schema, { config, prior, planned }, rpc.diagnostics);
    const paths =
      prior === null ? [] : [...replacements(schema, prior, planned), ...(refined?.requiresReplace ?? [])];
    return { plannedState, requiresReplace: paths.map(pathToProto), plannedPrivate: context.privateState };
  }

  private action(prior: ObjectValue | null, planned: ObjectValue): PlanRequest<unknown>['action'] {
    if (prior === null) return 'create';
    if (replacements(this.definition.schema, prior, planned).length > 0) return 'replace';
    return equal(prior, planned) ? 'none' : 'update';
  }

  public async apply(
    request: Request<'applyResourceChange'>,
    rpc: RpcContext,
  ): Promise<Response<'applyResourceChange'>> {
    const { schema } = this.definition;
    const prior = rpc.decode(schema, request.priorState, 'prior_state');
    const planned = rpc.decode(schema, request.plannedState, 'planned_state');
    const config = rpc.decode(schema, request.config, 'config');
    const context = this.context(rpc, request.plannedPrivate);
    if (planned === null) {
      if (prior === null) throw new MalformedError('prior_state and planned_state are both null');
      return this.destroy(prior, rpc, context);
    }
    if (config === null || hasUnknown(config))
      throw new MalformedError('config is null or contains unknown values');
    const { state, error } = await this.change(prior, planned, config, context);
    if (error !== undefined) rpc.fail(error);
    if (state === null) return { newState: toDynamicValue(schema, null), private: context.privateState };
    if (error === undefined) checkApplied(schema, planned, state, rpc.diagnostics);
    return { newState: this.salvage(state, planned, rpc), private: context.privateState };
  }

  private async change(
    prior: ObjectValue | null,
    planned: ObjectValue,
    config: ObjectValue,
    context: ClientContext<unknown> & WithPrivate,
  ): Promise<UntypedApplyResult> {
    try {
      if (prior === null)
        return (await this.definition.create({ planned, config }, context)) as UntypedApplyResult;
      if (this.definition.update !== undefined) {
        return (await this.definition.update({ prior, planned, config }, context)) as UntypedApplyResult;
      }
      // Every attribute requires replacement, so there is nothing to update.
      return { state: unknownToNull(planned) as ObjectValue };
    } catch (error) {
      return { state: prior, error: error ?? new Error('the provider threw undefined') };
    }
  }

  private async destroy(
    prior: ObjectValue,
    rpc: RpcContext,
    context: ClientContext<unknown> & WithPrivate,
  ): Promise<Response<'applyResourceChange'>> {
    try {
      await this.definition.delete(prior, context);
    } catch (error) {
      rpc.fail(error);
    }
    const left = rpc.diagnostics.failed ? prior : null;
    return { newState: toDynamicValue(this.definition.schema, left), private: context.privateState };
  }

  /**
   * Encodes the state of an object that now exists. An invalid state must not be lost, or the object would be orphaned:
   * a value that does not match its attribute is reported and replaced by the planned value.
   */
  private salvage(state: ObjectValue, planned: ObjectValue, rpc: RpcContext) {
    const { schema } = this.definition;
    const known = unknownToNull(state);
    try {
      return toDynamicValue(schema, known as ObjectValue);
    } catch (error) {
      rpc.fail(error);
    }
    const result = emptyRecord();
    for (const name of Object.keys(planned)) {
      const part = isObject(known) ? (known[name] ?? null) : null;
      const fits = succeeds(() => toDynamicValue(schema, { ...planned, [name]: part }));
      result[name] = fits ? part : unknownToNull(planned[name] ?? null);
    }
    return toDynamicValue(schema, result);
  }

  public async importState(
    { id }: Request<'importResourceState'>,
    rpc: RpcContext,
  ): Promise<Response<'importResourceState'>> {
    const { schema } = this.definition;
    if (this.definition.importState === undefined) {
      throw new DiagnosticError(`${this.typeName} cannot be imported`);
    }
    const context = this.context(rpc, new Uint8Array());
    const found = (await this.definition.importState(id, context)) as Partial<ObjectValue>;
    const nulls = Object.fromEntries(Object.keys(propertiesOf(schema)).map((name) => [name, null]));
    const state = rpc.encodeState(schema, { ...nulls, ...found });
    return { importedResources: [{ typeName: this.typeName, state, private: context.privateState }] };
  }

  public async moveState(
    request: Request<'moveResourceState'>,
    rpc: RpcContext,
  ): Promise<Response<'moveResourceState'>> {
    const { signal, log, diagnostics } = rpc;
    const context = { signal, log, diagnostics, privateState: request.sourcePrivate };
    const moved = await this.definition.moveState?.(
      {
        sourceProvider: request.sourceProviderAddress,
        sourceType: request.sourceTypeName,
        sourceVersion: Number(request.sourceSchemaVersion),
        sourceState: withStateError(() => storedObject(request.sourceState)),
      },
      context,
    );
    if (moved === undefined) {
      throw new DiagnosticError(`${request.sourceTypeName} cannot be moved to ${this.typeName}`, {
        detail: 'This provider does not support moving state from that resource type.',
      });
    }
    return {
      targetState: rpc.encodeState(this.definition.schema, moved),
      targetPrivate: context.privateState,
    };
  }

  private context(rpc: RpcContext, privateState: Uint8Array): ClientContext<unknown> & WithPrivate {
    const { signal, log, diagnostics } = rpc;
    return { signal, log, diagnostics, client: this.client(), privateState };
  }
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

function succeeds(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch {
    return false;
  }
}
