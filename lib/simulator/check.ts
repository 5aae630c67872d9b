import * as v from 'valibot';

/** Maximum number of issues in a message, and in structured output. */
const MAX_SHOWN = 50;
const MAX_ISSUES = 1000;

/** Invalid input, such as a world file. The message has a line with the path and the problem of each issue. */
export class InvalidInputError extends Error {
  /** One sentence for each issue, beginning with its path, such as `nics[1].status: must be …`. At most 1000. */
  public readonly issues: readonly string[];
  /** The first 50 issues, one on each line. */
  public readonly details: string;

  public constructor(what: string, issues: readonly string[]) {
    const shown = issues.slice(0, MAX_SHOWN).map((issue) => `\n  ${issue}`);
    const rest = issues.length - shown.length;
    const details = `${shown.join('')}${rest > 0 ? `\n  … and ${rest} more` : ''}`;
    super(`${what} is not valid:${details}`);
    this.details = details;
    this.name = 'InvalidInputError';
    this.issues = issues.slice(0, MAX_ISSUES);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object without its fields that are undefined or null. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as T;
}

/** An object with exactly these keys. Unlike `strictObject` alone, an array is invalid. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.custom<v.InferInput<v.StrictObjectSchema<Entries, undefined>>>(isRecord, 'must be an object'),
    v.strictObject(entries, 'must be an object'),
  );
}

export function text(maxLength = 256) {
  return v.pipe(
    v.string('must be text'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(maxLength, `must have at most ${maxLength} characters`),
  );
}

export function pattern(expression: RegExp, message: string) {
  return v.pipe(v.string('must be text'), v.regex(expression, message));
}

export function number(low: number, high: number) {
  const message = `must be a number from ${low} to ${high}`;
  return v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message));
}

export function wholeNumber(low: number, high: number) {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
}

export function oneOf<const Values extends readonly string[]>(values: Values) {
  return v.picklist(values, `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`);
}

export function list<Schema extends v.GenericSchema>(entry: Schema, maxLength: number) {
  return v.pipe(
    v.array(entry, 'must be a list'),
    v.maxLength(maxLength, `must have at most ${maxLength} entries`),
  );
}

/** Validates a value. @throws InvalidInputError with all issues */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => `${pathOf(issue)}: ${problem(issue)}`);
  throw new InvalidInputError(what, issues);
}

/** The problem, without the value, which may be a secret. */
export function problem(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object' || issue.path?.at(-1)?.origin !== 'key') return issue.message;
  return issue.expected === 'never' ? 'unknown key' : 'missing';
}

/** The path of an issue, such as `nics[1].status of "nic-1"`. */
export function pathOf(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => item.key as string | number);
  const owner = (issue.path ?? []).map((item) => idOf(item.value)).findLast((id) => id !== undefined);
  return `${formatPath(keys)}${owner === undefined ? '' : ` of ${JSON.stringify(owner)}`}`;
}

function idOf(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const id = value.nicId ?? value.instanceId;
  return typeof id === 'string' && id.length <= 128 ? id : undefined;
}

function formatPath(keys: readonly (string | number)[]): string {
  const steps = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^\w{1,64}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 64))}]`;
  });
  return steps.length === 0 ? '(root)' : steps.join('').replace(/^\./, '');
}
