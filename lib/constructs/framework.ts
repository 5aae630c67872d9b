import { closeSync, existsSync, openSync, readFileSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';
import type * as cdktf from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import {
  errorAt,
  frameworkNotFound,
  incompatibleCopies,
  mixedCopies,
  NOT_IN_STACK,
  notWritable,
} from './errors';

/** The exports of cdktf, and of its successor cdktn. */
export type Framework = typeof cdktf;

const NAMES = ['cdktf', 'cdktn'];
/** The entry file of either package. */
const ENTRY = /[\\/]cdkt[fn][\\/]lib[\\/]index\.js$/;
// Every copy of both frameworks marks its objects with these.
const STACK = Symbol.for('cdktf/TerraformStack');
const ELEMENT = Symbol.for('cdktf/TerraformElement');
const CUSTOM_SYNTHESIS = Symbol.for('cdktf/customSynthesis');

/**
 * The scope of a new construct. Of two copies of `constructs`, one since 10.7.1 and one before, each rejects the constructs of
 * the other with a TypeError.
 * @throws Error if the scope is of a copy that does not work with the one of this package
 */
export function checkedScope(scope: Construct): Construct {
  if (scope instanceof Construct || !isConstruct(scope)) return scope;
  const Other = baseClass(scope);
  try {
    new Construct(new Other(undefined as never, ''), 'child');
    new Other(new Construct(undefined as never, ''), 'child');
  } catch {
    const [other, own] = [Other, Construct].map((each) => packageOf(fileOf(each)));
    throw errorAt(scope, incompatibleCopies(other ?? '', own ?? ''));
  }
  return scope;
}

/** A JavaScript program can pass any value. */
function isConstruct(scope: unknown): scope is IConstruct {
  return typeof scope === 'object' && scope !== null && 'node' in scope;
}

/** The class `Construct` of the copy that created a construct. */
function baseClass(construct: IConstruct): typeof Construct {
  const parentOf = (object: object) => Object.getPrototypeOf(object) as object | null;
  let prototype = parentOf(construct) ?? construct;
  for (let next = parentOf(prototype); next !== null && parentOf(next) !== null; next = parentOf(next))
    prototype = next;
  return prototype.constructor as typeof Construct;
}

/** The file of a class `Construct`. */
function fileOf(kind: typeof Construct): string | undefined {
  const isIt = (path: string) =>
    (require.cache[path]?.exports as { Construct?: unknown } | null)?.Construct === kind;
  return Object.keys(require.cache).find(
    (path) => /[\\/]constructs[\\/]lib[\\/]construct\.js$/.test(path) && isIt(path),
  );
}

/** The stack that a construct is in. @throws Error if it is in none */
export function stackOf(scope: IConstruct): cdktf.TerraformStack {
  const isStack = (each: IConstruct): each is cdktf.TerraformStack => STACK in each;
  const stack = scope.node.scopes.reverse().find(isStack);
  if (stack === undefined) throw errorAt(scope, NOT_IN_STACK);
  return stack;
}

const FRAMEWORKS = new WeakMap<cdktf.TerraformStack, Framework>();

/** The copy of the framework that created the stack of a construct. @throws Error if it is not found */
export function frameworkOf(scope: IConstruct): Framework {
  const stack = stackOf(scope);
  const known = FRAMEWORKS.get(stack);
  if (known !== undefined) return known;
  const entry = entryOf(stack, 'TerraformStack');
  if (entry === undefined) throw errorAt(scope, frameworkNotFound(entries().map(packageOf), OWN_PACKAGE));
  const framework = load(entry);
  FRAMEWORKS.set(stack, framework);
  return framework;
}

/** Whether a construct is a Terraform element, of any copy of the framework. */
export function isElement(construct: IConstruct): boolean {
  return ELEMENT in construct;
}

/** A warning if a construct of the stack is of another copy of the framework. */
export function frameworkCopyWarning(stack: cdktf.TerraformStack): string | undefined {
  const { TerraformElement } = frameworkOf(stack);
  const other = stack.node.findAll().find((each) => isElement(each) && !(each instanceof TerraformElement));
  if (other === undefined) return undefined;
  const [own, others] = [entryOf(stack, 'TerraformStack'), entryOf(other, 'TerraformElement')].map(packageOf);
  return mixedCopies(own ?? '', other.node.path, others ?? '');
}

/**
 * Calls `write` with the stack's folder at synth. Throws an error with advice if files of an earlier synth cannot be
 * changed, before cdktf fails on them without advice.
 */
export function onSynthesis(construct: IConstruct, write: (folder: string) => void): void {
  const onSynthesize = ({ outdir, manifest }: { outdir: string; manifest: cdktf.Manifest }) => {
    const folder = join(outdir, manifest.forStack(stackOf(construct)).workingDirectory);
    try {
      for (const stack of ['cdk.tf.json', 'cdk.tf'].map((name) => join(folder, name)))
        if (existsSync(stack)) closeSync(openSync(stack, 'r+'));
      write(folder);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw ['EACCES', 'EPERM'].includes(code) ? errorAt(construct, notWritable(message, folder)) : error;
    }
  };
  Object.defineProperty(construct, CUSTOM_SYNTHESIS, { value: { onSynthesize } });
}

/** The entry file of the framework copy whose class `kind` the construct is an instance of. */
function entryOf(construct: IConstruct, kind: 'TerraformStack' | 'TerraformElement'): string | undefined {
  return entries().find((entry) => construct instanceof load(entry)[kind]);
}

/** The entry files of all copies: first the loaded ones, then those that resolve from here or from the app. */
function entries(): string[] {
  const loaded = Object.keys(require.cache).filter((path) => ENTRY.test(path));
  const places = [__filename, require.main?.filename, process.argv[1], join(process.cwd(), 'app.js')];
  const found = places.flatMap((place) =>
    NAMES.flatMap((name) => {
      try {
        return [createRequire(place ?? __filename).resolve(name)];
      } catch {
        return []; // Not installed there.
      }
    }),
  );
  return [...new Set([...loaded, ...found])];
}

function load(entry: string): Framework {
  return createRequire(entry)(entry) as Framework;
}

/** A package by name, version and folder. @param path a path two levels below its root */
function packageOf(path: string | undefined): string {
  if (path === undefined) return 'a copy that is not found';
  const folder = dirname(dirname(path));
  try {
    const { name, version } = manifestIn(folder);
    return `${name} ${version} (${folder})`;
  } catch {
    return folder; // Bundled: then there is no manifest.
  }
}

export function manifestIn(folder: string): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
}

/** This copy of this package. */
export const OWN_PACKAGE = packageOf(__dirname);
