import { Graph, type PlannedOperation } from '../terraform';

/**
 * The order in which Terraform runs the operations of a plan, by Terraform's rules:
 * - a dependent of a block is created after the block, and destroyed before it;
 * - a dependent of a block is created after the block's old resources are destroyed;
 * - a replacement destroys, then creates. With `create_before_destroy` the order is reversed.
 */
export class Order {
  /** Nodes are the operations, and the begin and end of each block's create and destroy phases. */
  private readonly graph = new Graph();
  private readonly steps: ReadonlyMap<string, number>;

  /**
   * @param dependencies edges from each block to the blocks that it depends on
   * @param orderedByProvider pairs whose second operation the provider delays until the first completes
   */
  public constructor(
    operations: readonly PlannedOperation[],
    dependencies: Graph,
    orderedByProvider: readonly (readonly [first: PlannedOperation, second: PlannedOperation])[],
  ) {
    for (const each of operations) {
      // A block's operations of one phase run between the begin and the end of that phase.
      const phase = each.goal === 'attach' ? 'create' : 'destroy';
      this.graph.connect(`begin ${phase} ${each.block}`, idOf(each));
      this.graph.connect(idOf(each), `end ${phase} ${each.block}`);
      if (each.goal === 'attach') continue;
      const attach = idOf({ goal: 'attach', address: each.resource });
      if (each.createsFirst) this.graph.connect(attach, idOf(each));
      else this.graph.connect(idOf(each), attach);
    }
    const createsFirst = new Set(operations.filter((each) => each.createsFirst).map(({ block }) => block));
    for (const block of new Set(operations.map((each) => each.block))) {
      for (const other of dependencies.reachable(block)) {
        this.graph.connect(`end create ${other}`, `begin create ${block}`);
        this.graph.connect(`end destroy ${block}`, `begin destroy ${other}`);
        if (createsFirst.has(other)) this.graph.connect(`end create ${block}`, `begin destroy ${other}`);
        else this.graph.connect(`end destroy ${other}`, `begin create ${block}`);
      }
    }
    for (const [first, second] of orderedByProvider) {
      // The provider cannot delay an operation that Terraform completes first.
      if (!this.precedes(second, first)) this.graph.connect(idOf(first), idOf(second));
    }
    this.steps = this.stepsOf(operations.map(idOf));
  }

  /** The step of an operation, from 1. */
  public of(operation: PlannedOperation): number {
    return this.steps.get(idOf(operation)) ?? 1;
  }

  /** Whether the second operation always starts after the first has completed. */
  public precedes(first: PlannedOperation, second: PlannedOperation): boolean {
    return this.graph.reachable(idOf(first)).has(idOf(second));
  }

  /** The longest path to each operation, counted in operations. Operations on a cycle keep the depth reached so far. */
  private stepsOf(operations: readonly string[]): ReadonlyMap<string, number> {
    const { edges } = this.graph;
    const incoming = new Map<string, number>();
    for (const targets of edges.values()) {
      for (const each of targets) incoming.set(each, (incoming.get(each) ?? 0) + 1);
    }
    const isOperation = new Set(operations);
    const depths = new Map<string, number>();
    const ready = [...edges.keys()].filter((each) => !incoming.has(each));
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const depth = (depths.get(next) ?? 0) + (isOperation.has(next) ? 1 : 0);
      for (const each of edges.get(next) ?? []) {
        depths.set(each, Math.max(depths.get(each) ?? 0, depth));
        const left = (incoming.get(each) ?? 0) - 1;
        incoming.set(each, left);
        if (left === 0) ready.push(each);
      }
    }
    const depthOf = (id: string) => depths.get(id) ?? 0;
    // Consecutive numbers from 1.
    const ranks = [...new Set(operations.map(depthOf))].sort((a, b) => a - b);
    return new Map(operations.map((id) => [id, ranks.indexOf(depthOf(id)) + 1]));
  }
}

function idOf({ goal, address }: Pick<PlannedOperation, 'goal' | 'address'>): string {
  return `${goal} ${address}`;
}
