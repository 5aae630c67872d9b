import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';

/** Validates a value against a published schema. Returns the errors. */
export type Check = (value: unknown) => readonly string[];

export const reviewSchema = check('review-1.json');
export const driftSchema = check('drift-1.json');

function check(file: string): Check {
  const validate = new Ajv({ allErrors: true }).compile(closed(published(file)));
  return (value) =>
    validate(value) === true
      ? []
      : (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ''}`);
}

export function published(file: string): object {
  return JSON.parse(readFileSync(join(__dirname, '../../schemas', file), 'utf8')) as object;
}

/** The schema without additional members: readers must accept them, but ours must all be documented. */
function closed(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as object;
}
