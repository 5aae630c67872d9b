import { parseState, valueFrom } from './codec';
import type { Json } from './codec';
import { DiagnosticError, MalformedError } from './diagnostics';
import { pack } from './operation';
import type { Operation } from './operation';
import { checkApplied, checkPlan, planFromFlags, replacements, validateConfig } from './plan';
import { pathToProto } from './protocol';
import type { Answer, Request } from './protocol';
import type { ClientContext, PlanRequest, ResourceDefinition, WithPrivate } from './provider';
import { propertiesOf, schemaType } from './schema';
import { emptyRecord, equal, hasUnknown, isObject, unknownToNull } from './values';
import type { ObjectValue } from './values';

/** What a definition says of a create or update, without the types of its schema. */
interface Applied {
  readonly state: ObjectValue | null;
  readonly error?: unknown;
}

/** The calls about one type of resource: values in, the definition's method, values out. */
export class ResourceService {
  public constructor(
    private readonly typeName: string,
    private readonly definition: ResourceDefinition,
    private readonly client: () => unknown,
  ) {}

  public async validate(
    request: Request<'validateResourceConfig'>,
    operation: Operation,
  ): Promise<Answer<'validateResourceConfig'>> {
    const config = operation.decodePresent(this.definition.schema, request.config, 'config');
    validateConfig(this.definition.schema, config, operation.diagnostics);
    await this.definition.validate?.(config, operation);
    return {};
  }

  public upgrade(
    { version, rawState }: Request<'upgradeResourceState'>,
    operation: Operation,
  ): Answer<'upgradeResourceState'> {
    const { schema } = this.definition;
    if (version > 0n) {
      throw new DiagnosticError(`The state of ${this.typeName} comes from a newer provider`, {
        detail: `It has version ${version} where this provider knows 0. Use the newer provider.`,
      });
    }
    const stored = explained(() => valueFrom(schemaType(schema), storedObject(rawState), 'state'));
    return { upgradedState: operation.encodeState(schema, stored) };
  }

  public async read(request: Request<'readResource'>, operation: Operation): Promise<Answer<'readResource'>> {
    const { schema } = this.definition;
    const current = operation.decode(schema, request.currentState, 'current_state');
    if (current === null) return { newState: pack(schema, null), private: request.private };
    const context = this.context(operation, request.private);
    const state = await this.definition.read(current, context);
    const newState = state === null ? pack(schema, null) : operation.encodeState(schema, state);
    return { newState, private: context.privateState };
  }

  public async plan(
    request: Request<'planResourceChange'>,
    operation: Operation,
  ): Promise<Answer<'planResourceChange'>> {
    const { schema } = this.definition;
    const prior = operation.decode(schema, request.priorState, 'prior_state');
    const proposed = operation.decode(schema, request.proposedNewState, 'proposed_new_state');
    const config = operation.decode(schema, request.config, 'config');
    const context = this.context(operation, request.priorPrivate);
    if (proposed === null) {
      await this.definition.plan?.(
        { config: config ?? emptyRecord(), prior, planned: null, action: 'destroy' },
        context,
      );
      return { plannedState: pack(schema, null), plannedPrivate: context.privateState };
    }
    if (config === null) throw new MalformedError('config is null');
    const fromFlags = planFromFlags(schema, prior, proposed, config);
    const action = this.action(prior, fromFlags);
    const refined = await this.definition.plan?.({ config, prior, planned: fromFlags, action }, context);
    const planned = (refined?.planned ?? fromFlags) as ObjectValue;
    const plannedState = pack(schema, planned);
    checkPlan(schema, { config, prior, planned }, operation.diagnostics);
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
    operation: Operation,
  ): Promise<Answer<'applyResourceChange'>> {
    const { schema } = this.definition;
    const prior = operation.decode(schema, request.priorState, 'prior_state');
    const planned = operation.decode(schema, request.plannedState, 'planned_state');
    const config = operation.decode(schema, request.config, 'config');
    const context = this.context(operation, request.plannedPrivate);
    if (planned === null) {
      if (prior === null) throw new MalformedError('prior_state and planned_state are both null');
      return this.destroy(prior, operation, context);
    }
    if (config === null || hasUnknown(config)) throw new MalformedError('config is null or not wholly known');
    const { state, error } = await this.change(prior, planned, config, context);
    if (error !== undefined) operation.fail(error);
    if (state === null) return { newState: pack(schema, null), private: context.privateState };
    if (error === undefined) checkApplied(schema, planned, state, operation.diagnostics);
    return { newState: this.salvage(state, planned, operation), private: context.privateState };
  }

  private async change(
    prior: ObjectValue | null,
    planned: ObjectValue,
    config: ObjectValue,
    context: ClientContext<unknown> & WithPrivate,
  ): Promise<Applied> {
    try {
      if (prior === null) return (await this.definition.create({ planned, config }, context)) as Applied;
      if (this.definition.update !== undefined) {
        return (await this.definition.update({ prior, planned, config }, context)) as Applied;
      }
      // No attribute can change without replacement, so there is nothing to do.
      return { state: unknownToNull(planned) as ObjectValue };
    } catch (error) {
      return { state: prior, error: error ?? new Error('the provider threw nothing') };
    }
  }

  private async destroy(
    prior: ObjectValue,
    operation: Operation,
    context: ClientContext<unknown> & WithPrivate,
  ): Promise<Answer<'applyResourceChange'>> {
    try {
      await this.definition.delete(prior, context);
    } catch (error) {
      operation.fail(error);
    }
    const left = operation.diagnostics.failed ? prior : null;
    return { newState: pack(this.definition.schema, left), private: context.privateState };
  }

  /**
   * Writes the state of something that exists now. Whatever is wrong with the state, it must not be lost: a part that
   * does not fit its attribute is reported, and the planned value takes its place.
   */
  private salvage(state: ObjectValue, planned: ObjectValue, operation: Operation) {
    const { schema } = this.definition;
    const known = unknownToNull(state);
    try {
      return pack(schema, known as ObjectValue);
    } catch (error) {
      operation.fail(error);
    }
    const result = emptyRecord();
    for (const name of Object.keys(planned)) {
      const part = isObject(known) ? (known[name] ?? null) : null;
      const fits = packs(() => pack(schema, { ...planned, [name]: part }));
      result[name] = fits ? part : unknownToNull(planned[name] ?? null);
    }
    return pack(schema, result);
  }

  public async importState(
    { id }: Request<'importResourceState'>,
    operation: Operation,
  ): Promise<Answer<'importResourceState'>> {
    const { schema } = this.definition;
    if (this.definition.importState === undefined) {
      throw new DiagnosticError(`${this.typeName} cannot be imported`);
    }
    const context = this.context(operation, new Uint8Array());
    const found = (await this.definition.importState(id, context)) as Partial<ObjectValue>;
    const nulls = Object.fromEntries(Object.keys(propertiesOf(schema)).map((name) => [name, null]));
    const state = operation.encodeState(schema, { ...nulls, ...found });
    return { importedResources: [{ typeName: this.typeName, state, private: context.privateState }] };
  }

  public async moveState(
    request: Request<'moveResourceState'>,
    operation: Operation,
  ): Promise<Answer<'moveResourceState'>> {
    const { signal, log, diagnostics } = operation;
    const context = { signal, log, diagnostics, privateState: request.sourcePrivate };
    const moved = await this.definition.moveState?.(
      {
        sourceProvider: request.sourceProviderAddress,
        sourceType: request.sourceTypeName,
        sourceVersion: Number(request.sourceSchemaVersion),
        sourceState: explained(() => storedObject(request.sourceState)),
      },
      context,
    );
    if (moved === undefined) {
      throw new DiagnosticError(`${request.sourceTypeName} cannot be moved to ${this.typeName}`, {
        detail: 'The provider does not know how to take over the state of that resource type.',
      });
    }
    return {
      targetState: operation.encodeState(this.definition.schema, moved),
      targetPrivate: context.privateState,
    };
  }

  private context(operation: Operation, privateState: Uint8Array): ClientContext<unknown> & WithPrivate {
    const { signal, log, diagnostics } = operation;
    return { signal, log, diagnostics, client: this.client(), privateState };
  }
}

/** @throws MalformedError when it is none */
function storedObject(stored: { readonly json: Uint8Array } | undefined): Readonly<Record<string, Json>> {
  return parseState(stored?.json ?? new Uint8Array());
}

/** A stored state may have been edited by a person, who is told what is wrong with it. */
function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new DiagnosticError('The stored state cannot be read', { detail: error.message, cause: error });
  }
}

function packs(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch {
    return false;
  }
}
