import { DiagnosticError, pathToWire } from './diagnostics';
import { decodeObject, decodePresent, encodeObject, encodeState } from './dynamic';
import { equal } from './equality';
import type { Operation } from './operation';
import { checkApplied, checkPlan, planFromFlags, replacements, withoutWriteOnly } from './plan';
import type { ClientContext, PlanRequest, ResourceDefinition, WithPrivate } from './provider';
import { schemaType } from './schema';
import { readStoredState, storedObject } from './stored-state';
import { validateConfig } from './validate';
import { emptyRecord, hasUnknown, isObject, unknownToNull } from './value';
import type { ObjectValue } from './value';
import { MalformedError } from './wire/message';
import type { Answer, Request } from './wire/messages';

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

  public async validate(request: Request<'ValidateResourceConfig'>, operation: Operation): Promise<object> {
    const config = decodePresent(this.definition.schema, request.config, operation, 'config');
    validateConfig(this.definition.schema, config, operation.diagnostics);
    await this.definition.validate?.(config, operation);
    return {};
  }

  public async upgrade(
    { version, rawState }: Request<'UpgradeResourceState'>,
    operation: Operation,
  ): Promise<Answer<'UpgradeResourceState'>> {
    const { schema } = this.definition;
    const stored = storedObject(rawState?.json);
    if (version > schema.version) {
      throw new DiagnosticError(`The state of ${this.typeName} comes from a newer provider`, {
        detail: `It has version ${version} where this provider knows ${schema.version}. Use the newer provider.`,
      });
    }
    if (version === schema.version) {
      return { upgradedState: encodeObject(schema, readStoredState(schema, stored, operation)) };
    }
    const upgraded = await this.definition.upgradeState?.({ version, state: stored }, operation);
    if (upgraded === undefined) {
      throw new DiagnosticError(
        `The state of ${this.typeName} has version ${version}, which cannot be upgraded`,
      );
    }
    return { upgradedState: encodeState(schema, upgraded, operation) };
  }

  public async read(request: Request<'ReadResource'>, operation: Operation): Promise<Answer<'ReadResource'>> {
    const { schema } = this.definition;
    const current = decodeObject(schema, request.currentState, operation, 'current_state');
    if (current === null) return { newState: encodeObject(schema, null), private: request.private };
    const context = this.context(operation, request.private);
    const state = await this.definition.read(current, context);
    return {
      newState: state === null ? encodeObject(schema, null) : encodeState(schema, state, operation),
      private: context.privateState,
    };
  }

  public async plan(
    request: Request<'PlanResourceChange'>,
    operation: Operation,
  ): Promise<Answer<'PlanResourceChange'>> {
    const { schema } = this.definition;
    const prior = decodeObject(schema, request.priorState, operation, 'prior_state');
    const proposed = decodeObject(schema, request.proposedNewState, operation, 'proposed_new_state');
    const config = decodeObject(schema, request.config, operation, 'config');
    const context = this.context(operation, request.priorPrivate);
    if (proposed === null) {
      await this.definition.plan?.(
        { config: config ?? emptyRecord(), prior, planned: null, action: 'destroy' },
        context,
      );
      return { plannedState: encodeObject(schema, null), plannedPrivate: context.privateState };
    }
    if (config === null) throw new MalformedError('config is null');
    const fromFlags = planFromFlags(schema, prior, proposed, config);
    const action = this.action(prior, fromFlags);
    const refined = await this.definition.plan?.({ config, prior, planned: fromFlags, action }, context);
    const planned = (refined?.planned ?? fromFlags) as ObjectValue;
    const plannedState = encodeObject(schema, planned);
    checkPlan(schema, { config, prior, planned }, operation.diagnostics);
    const paths =
      prior === null ? [] : [...replacements(schema, prior, planned), ...(refined?.requiresReplace ?? [])];
    return { plannedState, requiresReplace: paths.map(pathToWire), plannedPrivate: context.privateState };
  }

  private action(prior: ObjectValue | null, planned: ObjectValue): PlanRequest<unknown>['action'] {
    const { schema } = this.definition;
    if (prior === null) return 'create';
    if (replacements(schema, prior, planned).length > 0) return 'replace';
    return equal(schemaType(schema), prior, planned) ? 'none' : 'update';
  }

  public async apply(
    request: Request<'ApplyResourceChange'>,
    operation: Operation,
  ): Promise<Answer<'ApplyResourceChange'>> {
    const { schema } = this.definition;
    const prior = decodeObject(schema, request.priorState, operation, 'prior_state');
    const planned = decodeObject(schema, request.plannedState, operation, 'planned_state');
    const config = decodeObject(schema, request.config, operation, 'config');
    const context = this.context(operation, request.plannedPrivate);
    if (planned === null) {
      if (prior === null) throw new MalformedError('prior_state and planned_state are both null');
      return this.destroy(prior, operation, context);
    }
    if (config === null || hasUnknown(config)) throw new MalformedError('config is null or not wholly known');
    const result = await this.change(prior, planned, config, context);
    if (result.error !== undefined) operation.fail(result.error);
    if (result.state === null) return { newState: encodeObject(schema, null), private: context.privateState };
    const state = withoutWriteOnly(schema, result.state);
    if (result.error === undefined) checkApplied(schema, planned, state, operation.diagnostics);
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
  ): Promise<Answer<'ApplyResourceChange'>> {
    const { schema } = this.definition;
    try {
      await this.definition.delete(prior, context);
    } catch (error) {
      operation.fail(error);
    }
    const left = operation.diagnostics.failed ? prior : null;
    return { newState: encodeObject(schema, left), private: context.privateState };
  }

  /**
   * Writes the state of something that exists now. Whatever is wrong with the state, it must not be lost: a part that
   * does not fit its attribute is reported, and the planned value takes its place.
   */
  private salvage(state: ObjectValue, planned: ObjectValue, operation: Operation) {
    const { schema } = this.definition;
    const known = unknownToNull(state);
    try {
      return encodeObject(schema, known as ObjectValue);
    } catch (error) {
      operation.fail(error);
    }
    const result = emptyRecord();
    for (const name of Object.keys(planned)) {
      const part = { ...emptyRecord(), ...planned, [name]: isObject(known) ? (known[name] ?? null) : null };
      result[name] =
        (fits(() => encodeObject(schema, part)) ? part[name] : unknownToNull(planned[name] ?? null)) ?? null;
    }
    return encodeObject(schema, result);
  }

  public async importState(
    { id }: Request<'ImportResourceState'>,
    operation: Operation,
  ): Promise<Answer<'ImportResourceState'>> {
    const { schema } = this.definition;
    if (this.definition.importState === undefined)
      throw new DiagnosticError(`${this.typeName} cannot be imported`);
    const context = this.context(operation, new Uint8Array());
    const found = (await this.definition.importState(id, context)) as Partial<ObjectValue>;
    const state = emptyRecord();
    for (const name of [...Object.keys(schema.attributes), ...Object.keys(schema.blocks)]) state[name] = null;
    for (const [name, block] of Object.entries(schema.blocks))
      if (block.nesting !== 'single') state[name] = [];
    Object.assign(state, found);
    const imported = {
      typeName: this.typeName,
      state: encodeState(schema, state, operation),
      private: context.privateState,
    };
    return { importedResources: [imported] };
  }

  public async moveState(
    request: Request<'MoveResourceState'>,
    operation: Operation,
  ): Promise<Answer<'MoveResourceState'>> {
    const context = Object.assign(Object.create(operation) as Operation, {
      privateState: request.sourcePrivate,
    });
    const moved = await this.definition.moveState?.(
      {
        sourceProvider: request.sourceProviderAddress,
        sourceType: request.sourceTypeName,
        sourceVersion: request.sourceSchemaVersion,
        sourceState: storedObject(request.sourceState?.json),
      },
      context,
    );
    if (moved === undefined) {
      throw new DiagnosticError(`${request.sourceTypeName} cannot be moved to ${this.typeName}`, {
        detail: 'The provider does not know how to take over the state of that resource type.',
      });
    }
    return {
      targetState: encodeState(this.definition.schema, moved, operation),
      targetPrivate: context.privateState,
    };
  }

  private context(operation: Operation, privateState: Uint8Array): ClientContext<unknown> & WithPrivate {
    const { signal, log, diagnostics } = operation;
    return { signal, log, diagnostics, client: this.client(), privateState };
  }
}

function fits(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch {
    return false;
  }
}
