import { COMMAND, ENV } from '../contract';
import { validated, configModuleSchema, MAX_DEPTH, member, nestingError } from './json';
import type { ConfigModule } from './json';
import { blockOf, joinAddress, withoutKeys, type BlockAddress } from './resource';

type ConfigResource = ConfigModule['resources'][number];
type ModuleCall = ConfigModule['module_calls'][string];

interface Module {
  /** For example `module.a.module.b`; empty for the root module. */
  readonly path: string;
  readonly config: ConfigModule;
  /** The calling module; `undefined` for the root module. */
  readonly caller: { readonly module: Module; readonly call: ModuleCall } | undefined;
  readonly children: Map<string, Module>;
}

export interface ConfigBlock {
  /** The role of its provisioners; `undefined` if none run the handler. A confirmation runs what a convergence runs. */
  readonly role: 'attachment' | 'convergence' | undefined;
  /** The blocks that it references, directly or through module outputs and variables. */
  readonly dependsOn: ReadonlySet<BlockAddress>;
}

/**
 * Reads the blocks of a plan's configuration. Terraform's JSON does not contain locals, so references through locals
 * are not found.
 */
export function readConfiguration(rootModule: unknown): ReadonlyMap<BlockAddress, ConfigBlock> {
  const blocks = new Map<BlockAddress, ConfigBlock>();
  const modules = rootModule === undefined ? [] : [moduleOf(rootModule, '', undefined, 0)];
  for (const module of modules) {
    modules.push(...module.children.values());
    for (const resource of module.config.resources) {
      blocks.set(blockOf(module.path, resource), {
        role: roleOf(resource),
        dependsOn: new Set(dependenciesOf(resource, module)),
      });
    }
  }
  return blocks;
}

function moduleOf(value: unknown, path: string, caller: Module['caller'], depth: number): Module {
  if (depth > MAX_DEPTH) throw nestingError('plan');
  const config = validated(configModuleSchema, value, 'plan');
  const module: Module = { path, config, caller, children: new Map() };
  for (const [name, call] of Object.entries(config.module_calls)) {
    if (call.module === undefined) continue;
    const childPath = joinAddress(path, 'module', name);
    module.children.set(name, moduleOf(call.module, childPath, { module, call }, depth + 1));
  }
  return module;
}

function roleOf({ provisioners }: ConfigResource): ConfigBlock['role'] {
  for (const { type, expressions } of provisioners) {
    if (type !== 'local-exec') continue;
    const command = member(member(expressions, 'command'), 'constant_value');
    const environment = JSON.stringify(member(expressions, 'environment') ?? null);
    if (command === COMMAND.delete && environment.includes(`"${ENV.nicId}"`)) return 'attachment';
    if (command === COMMAND.converge) return 'convergence';
  }
  return undefined;
}

function dependenciesOf(resource: ConfigResource, module: Module): readonly BlockAddress[] {
  const { expressions, for_each_expression, count_expression, depends_on } = resource;
  const own = [...depends_on, ...references([expressions, for_each_expression, count_expression])];
  const { caller } = module;
  const ofCaller = caller?.call.depends_on.flatMap((each) => resolve(each, caller.module)) ?? [];
  return [...own.flatMap((each) => resolve(each, module)), ...ofCaller];
}

/** All references in an expression, including nested ones. */
function references(expression: unknown, depth = 0): string[] {
  if (typeof expression !== 'object' || expression === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(expression)) return expression.flatMap((each) => references(each, depth + 1));
  return Object.entries(expression).flatMap(([name, value]) =>
    name === 'references' && Array.isArray(value)
      ? value.filter((each): each is string => typeof each === 'string')
      : references(value, depth + 1),
  );
}

const NOT_BLOCKS = new Set(['each', 'self', 'count', 'path', 'terraform', 'local']);

/** Resolves a reference such as `module.net.subnet["a"].id` within a module to blocks. */
function resolve(reference: string, module: Module, depth = 0): readonly BlockAddress[] {
  const { path, caller, children } = module;
  const [first = '', second = '', third = ''] = withoutKeys(reference).split('.');
  if (depth > MAX_DEPTH || NOT_BLOCKS.has(first)) return [];
  const within = (other: Module, expressions: readonly unknown[]) =>
    references(expressions).flatMap((each) => resolve(each, other, depth + 1));
  if (first === 'var') {
    return caller === undefined ? [] : within(caller.module, [caller.call.expressions[second]]);
  }
  if (first === 'module') {
    const child = children.get(second);
    if (child === undefined) return [];
    const { outputs } = child.config;
    const wanted = Object.hasOwn(outputs, third) ? [outputs[third]] : Object.values(outputs);
    return within(
      child,
      wanted.map((output) => output?.expression),
    );
  }
  const names = first === 'data' ? [first, second, third] : [first, second];
  return names.includes('') ? [] : [joinAddress(path, ...names)];
}
