import { DiagnosticError } from './diagnostics';
import { parseState, valueFromJson } from './json';
import type { Json } from './json';
import type { Operation } from './operation';
import { allAttributes, schemaType } from './schema';
import type { Attributes, ObjectSchema } from './schema';
import { secretsIn } from './sensitive';
import { emptyRecord, isObject } from './value';
import type { ObjectValue } from './value';
import { MalformedError } from './wire/message';

/**
 * The JSON object of a stored state.
 *
 * @throws MalformedError when the host sent none; DiagnosticError when it cannot be read.
 */
export function storedObject(json: Uint8Array | undefined): Readonly<Record<string, Json>> {
  if (json === undefined || json.length === 0) throw new MalformedError('the stored state is missing');
  return explained(() => parseState(json));
}

/** Reads a stored state of the schema's own version. */
export function readStoredState(
  schema: ObjectSchema,
  stored: Readonly<Record<string, Json>>,
  operation: Operation,
): ObjectValue {
  const value = explained(() => valueFromJson(schemaType(schema), stored));
  if (!isObject(value)) throw new MalformedError('the stored state is no object');
  operation.hide(secretsIn(schema, value));
  return withEmptyBlocks(allAttributes(schema), schema, value);
}

/** A state that was stored before a repeated block was part of the schema has null where Terraform wants none. */
function withEmptyBlocks(attributes: Attributes, schema: ObjectSchema, value: ObjectValue): ObjectValue {
  const result = emptyRecord();
  for (const name of Object.keys(attributes)) {
    const part = value[name] ?? null;
    const block = schema.blocks[name];
    result[name] = block !== undefined && block.nesting !== 'single' && part === null ? [] : part;
  }
  return result;
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new DiagnosticError('The stored state cannot be read', { detail: error.message, cause: error });
  }
}
