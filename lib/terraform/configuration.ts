import { BLOCK, COMMAND } from '../contract';
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
  /** The key of its provider's configuration in the plan. */
  readonly provider: string | undefined;
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
        provider: resource.provider_config_key,
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

/** The vNIC ID in the values of a carrier. */
const OWN_NIC_ID = new RegExp(`^self\\.\\w+\\.${BLOCK.nicId}$`);

function roleOf({ provisioners }: ConfigResource): ConfigBlock['role'] {
  for (const { type, expressions } of provisioners) {
    if (type !== 'local-exec') continue;
    const command = member(member(expressions, 'command'), 'constant_value');
    // The names of the variables are part of the plan only if the configuration is JSON, and not if it is HCL.
    const inEnvironment = references(member(expressions, 'environment'));
    if (command === COMMAND.delete && inEnvironment.some((each) => OWN_NIC_ID.test(each)))
      return 'attachment';
    if (command === COMMAND.converge) return 'convergence';
  }
  return undefined;
}

function dependenciesOf(resource: ConfigResource, module: Module): readonly BlockAddress[] {
  const { expressions, provisioners, depends_on } = resource;
  const own = references([expressions, repetition(resource), provisioners.map((each) => each.expressions)]);
  return [
    ...own.flatMap((each) => resolve(each, module)),
    ...depends_on.flatMap((each) => resolveDependsOn(each, module)),
    ...dependenciesOfModule(module),
  ];
}

/** What all resources of a module depend on, because of the calls of the module and of those that contain it. */
function dependenciesOfModule({ caller }: Module): readonly BlockAddress[] {
  if (caller === undefined) return [];
  const { call, module } = caller;
  return [
    ...references(repetition(call)).flatMap((each) => resolve(each, module)),
    ...call.depends_on.flatMap((each) => resolveDependsOn(each, module)),
    ...dependenciesOfModule(module),
  ];
}

function repetition({ for_each_expression, count_expression }: ConfigResource | ModuleCall): unknown {
  return [for_each_expression, count_expression];
}

/** All references in an expression, including nested ones. */
function references(expression: unknown, depth = 0): string[] {
  if (typeof expression !== 'object' || expression === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(expression)) return expression.flatMap((each) => references(each, depth + 1));
  return Object.entries(expression).flatMap(([name, value]) =>
    name === 'references' && Array.isArray(value)
      ? withoutPrefixes(value.filter((each): each is string => typeof each === 'string'))
      : references(value, depth + 1),
  );
}

/**
 * Terraform lists a reference and then its prefixes: `module.net.id`, `module.net`. Such a prefix does not refer to the
 * whole module.
 */
function withoutPrefixes(names: readonly string[]): string[] {
  return names.filter((name, index) => {
    const { [index - 1]: previous = '' } = names;
    return !previous.startsWith(`${name}.`) && !previous.startsWith(`${name}[`);
  });
}

/** In `depends_on`, a module means all its blocks, not only its outputs. */
function resolveDependsOn(reference: string, module: Module): readonly BlockAddress[] {
  const [first, second = '', third] = withoutKeys(reference).split('.');
  const child = first === 'module' && third === undefined ? module.children.get(second) : undefined;
  return child === undefined ? resolve(reference, module) : blocksIn(child);
}

function blocksIn({ path, config, children }: Module): readonly BlockAddress[] {
  const own = config.resources.map((each) => blockOf(path, each));
  return [...own, ...[...children.values()].flatMap(blocksIn)];
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
    return [
      ...within(
        child,
        wanted.map((output) => output?.expression),
      ),
      ...wanted.flatMap(
        (output) => output?.depends_on.flatMap((each) => resolveDependsOn(each, child)) ?? [],
      ),
    ];
  }
  const names = first === 'data' ? [first, second, third] : [first, second];
  return names.includes('') ? [] : [joinAddress(path, ...names)];
}
