import * as v from 'valibot';

/** So many mistakes a message names; a machine gets more of them. */
const MAX_SHOWN = 50;
const MAX_ISSUES = 1000;

/** Input that is not as it must be. The message names the places and what is wrong there. */
export class InvalidInputError extends Error {
  /** One sentence for each mistake, beginning with its path, e.g. `nics[1].status: must be …`. */
  public readonly issues: readonly string[];

  public constructor(what: string, issues: readonly string[]) {
    const shown = issues.slice(0, MAX_SHOWN).map((issue) => `\n  ${issue}`);
    const rest = issues.length - shown.length;
    super(`${what} is not valid:${shown.join('')}${rest > 0 ? `\n  … and ${rest} more` : ''}`);
    this.name = 'InvalidInputError';
    this.issues = issues.slice(0, MAX_ISSUES);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with exactly these keys. Unlike `strictObject` alone, an array is none. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.custom<v.InferInput<v.StrictObjectSchema<Entries, undefined>>>(isRecord, 'must be an object'),
    v.strictObject(entries, 'must be an object'),
  );
}

/** @throws InvalidInputError naming `what` and each mistake in `value`. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const hostile = hostilePath(value, [], new Set());
  if (hostile !== undefined) throw new InvalidInputError(what, [hostile]);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new InvalidInputError(
    what,
    result.issues.map((issue) => `${pathOf(issue)}: ${problem(issue)}`),
  );
}

/** What is wrong, without the value: it may be a secret. */
export function problem(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object' || issue.path?.at(-1)?.origin !== 'key') return issue.message;
  return issue.expected === 'never' ? 'unknown key' : 'missing';
}

/** Where it is wrong, e.g. `nics[1].status of "nic-1"`. */
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
  const text = keys
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /^\w{1,64}$/.test(key) ? `.${key}` : `[${shown(key)}]`,
    )
    .join('');
  return text === '' ? 'all of it' : text.replace(/^\./, '');
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 64));
}

const MAX_DEPTH = 16;
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

// Before any library walks the value: these keys could reach a prototype, and deep nesting the end of the stack.
function hostilePath(
  value: unknown,
  path: readonly (string | number)[],
  above: ReadonlySet<unknown>,
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length > MAX_DEPTH || above.has(value)) {
    return `${formatPath(path.slice(0, 4))}…: nested too deeply`;
  }
  const within = new Set(above).add(value);
  for (const key of Object.keys(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (UNSAFE_KEYS.has(key)) return `${formatPath(here)}: unknown key`;
    const found = hostilePath((value as Record<string, unknown>)[key], here, within);
    if (found !== undefined) return found;
  }
  return undefined;
}
