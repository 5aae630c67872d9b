import type { ITerraformDependable, TerraformDataSource, TerraformModule, TerraformResource } from 'cdktf';
import { Dependable, IConstruct } from 'constructs';
import { dependsWithin } from './errors';
import { frameworkOf, isElement, stackOf } from './framework';

/** An element that `depends_on` accepts. */
type Orderable = TerraformResource | TerraformDataSource | TerraformModule;

const RESOURCE = Symbol.for('cdktf-zenlayer-zec/resource');

/** Records the resource of an attachment, or the data source of a construct. */
export function setResource(attachment: IConstruct, resource: IConstruct): void {
  Object.defineProperty(attachment, RESOURCE, { value: resource });
}

/** The resource or data source of a construct of this package; `undefined` for any other construct. */
function resourceOf(attachment: IConstruct): IConstruct | undefined {
  return (attachment as { [RESOURCE]?: IConstruct })[RESOURCE];
}

const ADDED = new WeakMap<Orderable, Set<ITerraformDependable>>();

/**
 * Adds `others` to the `depends_on` of `resource`, or makes its stack depend on the stack of another one. Idempotent.
 * @throws Error if the stacks depend on each other
 */
export function addDependencies(
  resource: Orderable,
  others: readonly (ITerraformDependable & IConstruct)[],
): void {
  const { dependable } = frameworkOf(resource);
  const known = ADDED.get(resource) ?? new Set();
  ADDED.set(resource, known);
  for (const other of others) {
    if (known.has(other) || other === resource) continue;
    known.add(other);
    const [own, stack] = [stackOf(resource), stackOf(other)];
    if (stack !== own) own.addDependency(stack);
    else resource.dependsOn = [...(resource.dependsOn ?? []), dependable(other)];
  }
}

/** Makes the resource of an attachment depend on everything that its construct depends on, except blocks of its runner. */
export function orderByDependencies(runner: IConstruct, construct: IConstruct, resource: Orderable): void {
  const targets = dependenciesOf(construct)
    .flatMap((dependency) => dependency.node.findAll())
    .map((each) => resourceOf(each) ?? each);
  addDependencies(
    resource,
    targets.filter(isOrderable).filter((each) => !each.node.scopes.includes(runner)),
  );
}

/** Adds `depends_on` for construct dependencies on attachments, which CDKTF does not do. */
export function orderConsumers(stack: IConstruct): void {
  for (const consumer of stack.node.findAll().filter(isOrderable)) {
    const attachments = dependenciesOf(consumer).flatMap((each) => each.node.findAll());
    addDependencies(consumer, attachments.flatMap((each) => resourceOf(each) ?? []).filter(isOrderable));
  }
}

/** An error for each attachment that depends on another one of the same `resource`. */
export function orderingErrors(resource: IConstruct, what: string, runner: string): string[] {
  const attachmentsIn = (construct: IConstruct) =>
    construct.node.findAll().filter((each) => resourceOf(each) === resource);
  return attachmentsIn(stackOf(resource)).flatMap((attachment) =>
    dependenciesOf(attachment)
      .flatMap(attachmentsIn)
      .filter((other) => other !== attachment)
      .map((other) => dependsWithin(attachment.node.path, other.node.path, what, runner)),
  );
}

/** All constructs that `construct` or one of its scopes depends on. */
function dependenciesOf(construct: IConstruct): IConstruct[] {
  const dependencies = construct.node.scopes.flatMap((scope) => scope.node.dependencies);
  return [...new Set(dependencies.flatMap((each) => Dependable.of(each).dependencyRoots))];
}

function isOrderable(construct: IConstruct): construct is IConstruct & Orderable {
  if (!isElement(construct)) return false;
  const { TerraformResource, TerraformDataSource, TerraformModule } = frameworkOf(construct);
  return (
    TerraformResource.isTerraformResource(construct) ||
    TerraformDataSource.isTerraformDataSource(construct) ||
    construct instanceof TerraformModule
  );
}
