import { IConstruct } from 'constructs';
import { ID_FORMAT, MAX_NICS_PER_INSTANCE } from '../contract';
import { TIMEOUT_FORMAT } from '../duration';

// All errors and warnings of the constructs.

/** An error with the path of its construct. Annotations and validations are displayed with the path. */
export function errorAt(where: IConstruct, problem: string): Error {
  return new Error(`${where.node.path}: ${problem}`);
}

/** A property that has one of the `known` values, if any. @throws Error for another value, which a JavaScript program can pass */
export function checkedChoice<Value extends string>(
  where: IConstruct,
  what: string,
  value: unknown,
  known: readonly Value[],
): Value | undefined {
  if (value == null) return undefined;
  if (!known.includes(value as Value)) throw errorAt(where, unknownValue(what, value, known));
  return value as Value;
}

export const invalidId = (prop: string, value: unknown) =>
  `${prop} is invalid: ${formatted(value)}. An ID is ${ID_FORMAT}. ` +
  'Give a literal ID, or a reference such as "nic.id" of another construct.';

/** An ID that is resolved at synth. @param ofIterator whether it refers to `each` or `count` outside of such a block */
export const malformedId = (path: string, prop: string, value: string, ofIterator: boolean) =>
  `${prop} of "${path}" resolves to ${formatted(value)}, which is invalid. An ID is ${ID_FORMAT}.` +
  (ofIterator
    ? ' "each" and "count" are defined only in a block with for_each or count: set forEach, or declare each attachment in a loop of the app.'
    : '');

export const invalidTimeouts = (value: unknown) =>
  `timeouts is invalid: ${formatted(value)}. Give an object such as { create: "10m", delete: "5m" }.`;

export const invalidTimeout = (prop: string, value: unknown) =>
  `timeouts.${prop} is invalid: ${formatted(value)}. Expected ${TIMEOUT_FORMAT}.`;

export const tokenTimeout = (prop: string) =>
  `timeouts.${prop} is a reference, but must be known at synth. Give a literal such as "10m".`;

const unknownValue = (what: string, value: unknown, known: readonly string[]) =>
  `${what} is ${formatted(value)}; use ${quoted(known, ' or ')}.`;

export const unknownContextKey = (key: string, known: readonly string[]) =>
  `The context key "${key}" is unknown and has no effect. Known keys: ${quoted(known, ', ')}.`;

export const invalidClientTimeout = (value: unknown) =>
  `clientTimeout is invalid: ${formatted(value)}. Expected a whole number of seconds, at least 1, such as 30.`;

export const invalidRunner = (value: unknown) =>
  `runner is invalid: ${formatted(value)}. Give a LocalExecRunner or a ProviderRunner, or omit "runner".`;

export const runnerOfAnotherStack = (runner: IConstruct) =>
  `its runner "${runner.node.path}" is in another stack. Give each stack a runner of its own, or omit "runner".`;

export const FOREIGN_RUNNER = 'AttachmentRunner cannot be extended. Use LocalExecRunner or ProviderRunner.';

export const notBuilt = (path: string) =>
  `${path} of cdktf-zenlayer-zec is missing. If the app is bundled, mark cdktf-zenlayer-zec as external. ` +
  'In a checkout, run "npm run build". Otherwise reinstall the package.';

/** @param problem the message of the file system */
export const notWritable = (problem: string, folder: string) =>
  `${problem}. Files of an earlier synth belong to another user or are read-only: change their owner (chown -R) or ` +
  `mode (chmod -R u+w) in ${folder}.`;

export const ADOPTS_BY_ITSELF =
  'imports and moves require the provider runner. The local-exec runner adopts existing attachments by itself: remove this call.';

export const onlyProvider = (prop: string) =>
  `${prop} requires the provider runner. Omit it, or give the attachment a ProviderRunner.`;

export const NOT_BEFORE_DESTROY =
  'lifecycle.createBeforeDestroy is not possible: a vNIC has at most one instance, so it is detached before it is attached again. Leave it out.';

export const NOT_FOR_EACH =
  'forEach is not possible with Convergence.TOGETHER. Give it a ProviderRunner of its own with Convergence.EACH, or declare each attachment in a loop of the app.';

export const invalidForEach = (value: unknown) =>
  `forEach is invalid: ${formatted(value)}. Give an iterator such as TerraformIterator.fromList(ids), or declare each attachment in a loop of the app.`;

export const NO_DATA_SOURCES =
  'data sources require the provider runner. Create one first, new ProviderRunner(stack, "zec"), and pass it as "runner" if it is not the first runner of the stack.';

export const noAttribute = (getter: string) =>
  `"${getter}" requires the provider runner: the local-exec runner has no resource for each attachment. Use a ProviderRunner.`;

export const invalidImportId = (value: string) =>
  `the ID to import is invalid: ${formatted(value)}. Expected "nicId:instanceId" or "nicId". An ID is ${ID_FORMAT}.`;

export const movedTwice = (first: string, second: string) =>
  `moveFrom was called twice, with ${formatted(first)} and with ${formatted(second)}. An attachment can take over only one resource: remove one call.`;

export const plainSecret = (prop: string) =>
  `${prop} is a literal, and synth writes it to the stack in plain text. Set it in the environment, or give a reference ` +
  'to a sensitive variable; then rotate this credential.';

export const attachedTwice = (nicId: string, paths: readonly string[]) =>
  `vNIC ${formatted(nicId)} is declared by ${quoted(paths, ' and ')}, but a vNIC can be attached to only one instance. Remove all but one.`;

/** More attachments than the limit of vNICs per instance. */
export const tooManyAttachments = (instanceId: string, count: number) =>
  `${count} attachments are declared for instance ${formatted(instanceId)}, but an instance holds at most ` +
  `${MAX_NICS_PER_INSTANCE} vNICs, including its primary, fewer on small sizes. Spread them over more instances.`;

/** A vNIC ID where an instance ID is expected, or the reverse. */
export function looksSwapped(prop: 'nicId' | 'instanceId', value: string, isOther: boolean): string {
  const [right, other] = prop === 'nicId' ? ['a vNIC', 'an instance'] : ['an instance', 'a vNIC'];
  const why = isOther ? `is also used as the ID of ${other} in this stack` : `looks like the ID of ${other}`;
  return `${prop} ${formatted(value)} ${why}, but must be the ID of ${right}. Check whether the two are swapped.`;
}

/** A runner without attachments. @param inUse the path of the runner that serves the stack instead */
export const unusedRunner = (inUse?: string) =>
  (inUse === undefined
    ? 'No attachment uses this runner. '
    : `No attachment uses this runner; "${inUse}" serves those of this stack. To use this one, pass it as "runner". `) +
  'Keep it for one deploy after its last attachment is removed, because it performs the detach; then remove it.';

/** A warning only, because another machine may run Terraform. */
export const hiddenProvider = (file: string, [problem, fix]: readonly [string, string]) =>
  `${file}: ${problem}. ${fix}`;

export const otherProviders = (names: readonly string[]) =>
  `This stack has other providers (${names.join(', ')}): set CDKTF_SKIP_PROVIDER_LOCK=true for "cdktf deploy" and ` +
  '"cdktf diff", which otherwise look for the embedded provider "zec" in a registry.';

/** Attachments that share the blocks of a runner, or converge together, cannot be ordered. */
export const dependsWithin = (path: string, other: string, what: string, runner: string) =>
  `"${path}" depends on "${other}", and attachments ${what} cannot be ordered relative to each other. ` +
  `Give one of them a runner of its own: runner: new ${runner}(stack, "late").`;

const KEEP_ONE =
  'Keep one copy: "npm ls cdktf cdktn constructs cdktf-zenlayer-zec" shows what depends on each copy, and "npm dedupe" merges them.';

export const NOT_IN_STACK =
  'it is not in a stack. Its scope must be a TerraformStack of cdktf or cdktn, or a construct in one.';

/** The packages are named with version and folder. */
export const frameworkNotFound = (found: readonly string[], own: string) =>
  `the copy of cdktf or cdktn that created its stack was not found by ${own}. ` +
  `Found: ${found.join(', ') || 'none'}. ${KEEP_ONE} If the app is bundled, mark all of them as external.`;

/** Two copies of constructs, named with version and folder. */
export const incompatibleCopies = (ofScope: string, own: string) =>
  `it is a construct of ${ofScope}, which does not work with ${own}, the copy that this package uses. ${KEEP_ONE}`;

/** For example, the Aspects of one copy are not run by the synth of the other. */
export const mixedCopies = (ofStack: string, path: string, other: string) =>
  `This stack was created by ${ofStack}, and "${path}" in it by ${other}. ${KEEP_ONE}`;

export const secondCopy = (one: string, other: string) =>
  `two copies of this package are used in its stack: ${one} and ${other}. Neither sees the other's attachments. ${KEEP_ONE}`;

function quoted(words: readonly string[], separator: string): string {
  return words.map((each) => `"${each}"`).join(separator);
}

function formatted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const { length } = typeof value === 'string' ? value : text;
  return text.length > 60 ? `${text.slice(0, 60)}… (${length} characters)` : text;
}
