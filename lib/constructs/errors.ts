import { IConstruct } from 'constructs';
import { ID_SHAPE, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE } from '../duration';

/** Every error that the constructs raise at synth: where, what is wrong, and what to do. */
export function invalidId(where: IConstruct, prop: string, value: unknown): Error {
  return at(
    where,
    `${prop} is ${shown(value)}, and an id is ${ID_SHAPE}. Give the plain id, or a reference to it such as "nic.id" of another construct.`,
  );
}

/** An id that only synth knows. A validation message: it does not begin with the path. */
export function idOfWrongShape(path: string, prop: string, value: string): string {
  return `${prop} of "${path}" resolves to ${shown(value)}, and an id is ${ID_SHAPE}.`;
}

/** An id that has a value only within a block with `for_each` or `count`. A validation message, too. */
export function idOfIterator(path: string, prop: string, value: string): string {
  return (
    `${prop} of "${path}" resolves to ${shown(value)}, which has a value only in a block with for_each or count; an id is ${ID_SHAPE}. ` +
    'Make one attachment for each, in a loop of the app.'
  );
}

export function invalidTimeout(where: IConstruct, prop: string, value: string): Error {
  return at(
    where,
    `timeouts.${prop} is ${shown(value)}, which is not ${DURATION_SHAPE}, greater than zero and at most ${MAX_TIMEOUT_SECONDS / 3600}h.`,
  );
}

export function tokenTimeout(where: IConstruct, prop: string): Error {
  return at(
    where,
    `timeouts.${prop} is a reference; it must be known at synth, as plain text such as "10m".`,
  );
}

/** A prop, or a context value, that is none of a few words. */
export function unknownWord(
  where: IConstruct,
  what: string,
  value: unknown,
  known: readonly string[],
): Error {
  return at(where, `${what} is ${shown(value)}; use ${known.map((each) => `"${each}"`).join(' or ')}.`);
}

export function invalidClientTimeout(where: IConstruct, value: unknown): Error {
  return at(where, `clientTimeout is ${shown(value)}, and it is whole seconds, 1 or more, such as 30.`);
}

export function runnerOfAnotherStack(where: IConstruct, runner: IConstruct): Error {
  return at(
    where,
    `its runner "${runner.node.path}" is in another stack. Give each stack a runner of its own, or leave "runner" out.`,
  );
}

export function notBuilt(where: IConstruct, path: string): Error {
  return at(
    where,
    `the package is not built: it lacks ${path}. Run "npm run build" in a checkout, or install the package again.`,
  );
}

export function adoptsByItself(where: IConstruct): Error {
  return at(
    where,
    'only the provider runner imports and moves. The local-exec runner adopts an attachment that exists when it creates it: leave this call out.',
  );
}

export function invalidImportId(where: IConstruct, value: string): Error {
  return at(
    where,
    `the id to import is ${shown(value)}; give "nicId:instanceId", or "nicId" alone. An id is ${ID_SHAPE}.`,
  );
}

/** A warning: what is plain in the app is plain in the synthesized stack. */
export function plainSecret(prop: string): string {
  return (
    `${prop} is plain text, and will be so in the synthesized stack. Leave it to the environment, or give a reference ` +
    'to a sensitive variable; then rotate this credential.'
  );
}

/** Two attachments of one vNIC. A validation message: it does not begin with the path. */
export function attachedTwice(nicId: string, paths: readonly string[]): string {
  const all = paths.map((path) => `"${path}"`).join(' and ');
  return `vNIC ${shown(nicId)} is attached by ${all}, and a vNIC has at most one instance. Remove all but one.`;
}

/** A warning: the API would refuse what is over the limit. */
export function tooMany(instanceId: string, count: number, limit: number): string {
  return (
    `${count} attachments are declared for instance ${shown(instanceId)}, and an instance holds at most ${limit} vNICs, ` +
    'its primary included. Spread them over more instances.'
  );
}

/** A warning: an id in the place of the other kind. */
export function looksSwapped(prop: 'nicId' | 'instanceId', value: string, isOther: boolean): string {
  const [right, other] = prop === 'nicId' ? ['a vNIC', 'an instance'] : ['an instance', 'a vNIC'];
  const why = isOther ? `is also given as the id of ${other} in this stack` : `looks like the id of ${other}`;
  return `${prop} ${shown(value)} ${why}, and should be that of ${right}. Check whether the two are swapped.`;
}

/** Told of a runner without attachments. @param inUse the path of the runner that serves the stack instead */
export function unusedRunner(inUse: string | undefined): string {
  const stay =
    'Keep it for one deploy after its last attachment is removed, because it is what detaches; then remove it.';
  return inUse === undefined
    ? `No attachment uses this runner. ${stay}`
    : `No attachment uses this runner; those of this stack are served by "${inUse}". If one should use it, pass it as "runner". ${stay}`;
}

/** A warning, and the one setting that a stack with other providers needs. */
export function otherProviders(names: readonly string[]): string {
  return (
    `This stack has other providers (${names.join(', ')}): set CDKTF_SKIP_PROVIDER_LOCK=true for "cdktf deploy" and ` +
    '"cdktf diff", which otherwise look for the embedded provider "zec" in a registry.'
  );
}

/** What shares a runner's blocks, or is waited for at once, has no order of its own. */
export function dependsWithin(path: string, other: string, what: string, runner: string): string {
  return (
    `"${path}" depends on "${other}", and attachments ${what} cannot be ordered relative to each other. ` +
    `Give one of them a runner of its own: runner: new ${runner}(stack, "late").`
  );
}

const KEEP_ONE =
  'Keep one copy: "npm ls cdktf cdktn constructs cdktf-zenlayer-zec" shows who brings which, and "npm dedupe" merges them.';

export function notInStack(where: IConstruct): Error {
  return at(
    where,
    'it is in no stack. Give it a TerraformStack of cdktf or cdktn, or a construct in one, as scope.',
  );
}

/** @param found the copies of cdktf and cdktn, by name, version and folder */
export function frameworkNotFound(where: IConstruct, found: readonly string[], own: string): Error {
  return at(
    where,
    `the copy of cdktf or cdktn that made its stack is not found by ${own}. ` +
      `Found: ${found.join(', ') || 'none'}. ${KEEP_ONE} An app that is bundled keeps all of them external.`,
  );
}

/** A warning: Aspects of one copy, for example, do nothing at the synth of the other. */
export function madeByTwoCopies(path: string, packages: readonly string[]): string {
  return `This stack was made by ${packages[0]}, and "${path}" in it by ${packages[1]}. ${KEEP_ONE}`;
}

export function secondCopy(where: IConstruct, copies: readonly string[]): Error {
  return at(
    where,
    `two copies of this package are used in its stack: ${copies.join(' and ')}. ` +
      `They would miss each other's attachments. ${KEEP_ONE}`,
  );
}

export function foreignRunner(where: IConstruct): Error {
  return at(
    where,
    'AttachmentRunner cannot be extended. The runners are LocalExecRunner and ProviderRunner: use one of them.',
  );
}

/** A warning: a key of the app's context that nothing reads. */
export function unusedContext(key: string, known: readonly string[]): string {
  return `The context key "${key}" is not known and has no effect. Known are ${known.map((each) => `"${each}"`).join(' and ')}.`;
}

function at(where: IConstruct, problem: string): Error {
  return new Error(`${where.node.path}: ${problem}`);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const { length } = typeof value === 'string' ? value : text;
  return text.length > 60 ? `${text.slice(0, 60)}… (${length} characters)` : text;
}
