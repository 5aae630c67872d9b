import {
  dependable,
  ITerraformDependable,
  TerraformDataSource,
  TerraformModule,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import { Dependable, IConstruct } from 'constructs';
import { elementOf } from './attachment-runner';

/** What Terraform can order with `depends_on`. */
type Orderable = TerraformResource | TerraformDataSource | TerraformModule;

const ORDERED = new WeakMap<Orderable, Set<ITerraformDependable>>();

/** All constructs that `construct` depends on, itself or through a construct around it. */
export function dependenciesOf(construct: IConstruct): IConstruct[] {
  const found = new Set<IConstruct>();
  for (const scope of construct.node.scopes) {
    for (const dependency of scope.node.dependencies) {
      for (const root of Dependable.of(dependency).dependencyRoots) found.add(root);
    }
  }
  return [...found];
}

/** The attachments in `construct`, itself included. */
export function attachmentsIn(construct: IConstruct): IConstruct[] {
  return construct.node.findAll().filter((each) => elementOf(each) !== undefined);
}

/** What Terraform can order in `construct`: its own elements, and those that stand for its attachments. */
export function elementsBehind(construct: IConstruct): Orderable[] {
  return construct.node.findAll().flatMap((each) => {
    const element = elementOf(each) ?? each;
    return isOrderable(element) ? [element] : [];
  });
}

/** Makes Terraform carry out `element` after `others`. Saying it twice is saying it once. */
export function order(element: Orderable, others: readonly ITerraformDependable[]): void {
  const known = ORDERED.get(element) ?? new Set();
  ORDERED.set(element, known);
  for (const other of others) {
    if (known.has(other) || other === element) continue;
    known.add(other);
    element.dependsOn = [...(element.dependsOn ?? []), dependable(other)];
  }
}

/** Makes everything in a stack wait for the attachments that it depends on: CDKTF itself leaves that undone. */
export function orderConsumers(stack: TerraformStack): void {
  for (const element of stack.node.findAll().filter(isOrderable)) {
    const attachments = dependenciesOf(element).flatMap((each) => attachmentsIn(each));
    order(
      element,
      attachments.flatMap((each) => elementOf(each) ?? []),
    );
  }
}

function isOrderable(construct: IConstruct): construct is Orderable {
  return (
    TerraformResource.isTerraformResource(construct) ||
    construct instanceof TerraformDataSource ||
    construct instanceof TerraformModule
  );
}
