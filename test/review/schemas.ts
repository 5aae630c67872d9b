import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';

/** What is wrong with a value by one of the published schemas; empty if nothing is. */
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

/** The schema with no member allowed that it does not name: readers must allow more, and we must document all. */
function closed(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as object;
}
