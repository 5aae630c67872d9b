import { COMMAND, ENV } from '../contract';
import { namesOf } from './address';
import type { BlockAddress } from './address';
import { namedRole } from './carriers';
import type { Part } from './carriers';
import { checked, TerraformJsonError } from './read';
import { configModuleSchema } from './schema';
import type { ConfigModule, ConfigResource } from './schema';

/** How deep modules and expressions may nest. */
const MAX_DEPTH = 64;

interface Module {
  readonly path: string;
  readonly parent: Module | undefined;
  /** The call that made this module, in the parent. */
  readonly call: ConfigModule['module_calls'][string] | undefined;
  readonly config: ConfigModule;
  readonly children: Map<string, Module>;
}

export interface ConfigBlock {
  /** What its provisioners do for an attachment; `undefined`: nothing. */
  readonly role: Part | undefined;
  /** The blocks that it refers to, directly or through outputs and variables of modules, but not through locals. */
  readonly dependsOn: readonly BlockAddress[];
}

/**
 * The blocks of a plan's configuration. Locals are not in Terraform's JSON: what a block refers to through one is
 * not found.
 */
export function readConfiguration(rootModule: unknown): ReadonlyMap<BlockAddress, ConfigBlock> {
  const blocks = new Map<BlockAddress, ConfigBlock>();
  const modules = rootModule === undefined ? [] : [moduleOf(rootModule, '', undefined, undefined, 0)];
  for (let module = modules.pop(); module !== undefined; module = modules.pop()) {
    modules.push(...module.children.values());
    for (const resource of module.config.resources) {
      const name = `${resource.mode === 'data' ? 'data.' : ''}${resource.type}.${resource.name}`;
      blocks.set(module.path + name, {
        role: roleOf(resource),
        dependsOn: [...new Set(referencesOf(resource, module).flatMap((each) => resolve(each, module)))],
      });
    }
  }
  return blocks;
}

function moduleOf(
  value: unknown,
  path: string,
  parent: Module | undefined,
  call: Module['call'],
  depth: number,
): Module {
  if (depth > MAX_DEPTH) {
    throw new TerraformJsonError(`modules nest deeper than ${MAX_DEPTH} levels in this plan`);
  }
  const config = checked(configModuleSchema, value, 'plan');
  const module: Module = { path, parent, call, config, children: new Map() };
  for (const [name, each] of Object.entries(config.module_calls)) {
    if (each.module === undefined) continue;
    module.children.set(name, moduleOf(each.module, `${path}module.${name}.`, module, each, depth + 1));
  }
  return module;
}

function roleOf({ provisioners, name }: ConfigResource): ConfigBlock['role'] {
  for (const { type, expressions } of provisioners) {
    const environment = JSON.stringify(at(expressions, 'environment') ?? null);
    if (type !== 'local-exec') continue;
    const command = at(at(expressions, 'command'), 'constant_value');
    if (command === COMMAND.delete && environment.includes(`"${ENV.nicId}"`)) return 'attachment';
    if (command !== COMMAND.converge) continue;
    return namedRole(name)?.role === 'confirmation' ? 'confirmation' : 'convergence';
  }
  return undefined;
}

function referencesOf(resource: ConfigResource, module: Module): readonly string[] {
  const { expressions, for_each_expression, count_expression, depends_on } = resource;
  return [
    ...depends_on,
    ...[expressions, for_each_expression, count_expression].flatMap((each) => references(each)),
    ...(module.call?.depends_on.map((each) => `parent:${each}`) ?? []),
  ];
}

/** Every reference in an expression, however deep. */
function references(expression: unknown, depth = 0): string[] {
  if (typeof expression !== 'object' || expression === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(expression)) return expression.flatMap((each) => references(each, depth + 1));
  return Object.entries(expression).flatMap(([name, value]) =>
    name === 'references' && Array.isArray(value)
      ? value.filter((each): each is string => typeof each === 'string')
      : references(value, depth + 1),
  );
}

/** The blocks behind a reference. */
function resolve(reference: string, module: Module, depth = 0): readonly BlockAddress[] {
  if (depth > MAX_DEPTH) return [];
  if (reference.startsWith('parent:')) {
    return module.parent === undefined
      ? []
      : resolve(reference.slice('parent:'.length), module.parent, depth + 1);
  }
  const [first = '', second = '', third = ''] = namesOf(reference);
  switch (first) {
    case 'each':
    case 'self':
    case 'count':
    case 'path':
    case 'terraform':
    case 'local':
      return [];
    case 'var':
      return references(module.call?.expressions[second]).flatMap((each) =>
        module.parent === undefined ? [] : resolve(each, module.parent, depth + 1),
      );
    case 'module': {
      const child = module.children.get(second);
      if (child === undefined) return [];
      const outputs = child.config.outputs;
      const wanted = Object.hasOwn(outputs, third) ? [outputs[third]] : Object.values(outputs);
      return wanted
        .flatMap((output) => references(output?.expression))
        .flatMap((each) => resolve(each, child, depth + 1));
    }
    case 'data':
      return third === '' ? [] : [`${module.path}data.${second}.${third}`];
    default:
      return second === '' ? [] : [`${module.path}${first}.${second}`];
  }
}

function at(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
