import { IConstruct } from 'constructs';
import { ID_SHAPE, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE } from '../duration';

/** Every error that the constructs raise at synth: where, what is wrong, and what to do. */
export function invalidId(where: IConstruct, prop: string, value: string): Error {
  return at(
    where,
    `${prop} is ${shown(value)}, and an id is ${ID_SHAPE}. Give the plain id, or a reference to it such as "nic.id" of another construct.`,
  );
}

/** An id that only synth knows. A validation message: it does not begin with the path. */
export function idOfWrongShape(path: string, prop: string, value: string): string {
  return `${prop} of "${path}" resolves to ${shown(value)}, and an id is ${ID_SHAPE}.`;
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

export function unknownContext(
  where: IConstruct,
  key: string,
  value: unknown,
  known: readonly string[],
): Error {
  const words = known.map((each) => JSON.stringify(each)).join(' or ');
  return at(where, `the context value of "${key}" is ${shown(value)}; use ${words}.`);
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

/** Attachments of one runner share their blocks, so one of them cannot come before another. */
export function dependsWithinRunner(path: string, other: string): string {
  return (
    `"${path}" depends on "${other}", and attachments of one runner cannot be ordered relative to each other. ` +
    'Give one of them a runner of its own: runner: new LocalExecRunner(stack, "late").'
  );
}

/** All attachments of the runner are waited for at once, so none of them can come after another. */
export function dependsWithinConvergence(path: string, other: string): string {
  return (
    `"${path}" depends on "${other}", and attachments that converge together cannot be ordered relative to each other. ` +
    'Give one of them a runner of its own: runner: new ProviderRunner(stack, "late").'
  );
}

function at(where: IConstruct, problem: string): Error {
  return new Error(`${where.node.path}: ${problem}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  const { length } = typeof value === 'string' ? value : text;
  return text.length > 60 ? `${text.slice(0, 60)}… (${length} characters)` : text;
}
