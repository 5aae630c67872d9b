import { Graph } from '../terraform';
import type { Operation } from '../terraform';

/**
 * The order in which Terraform runs the operations of a plan, from its own rules:
 * - what depends on a block is created after it, and destroyed before it;
 * - what depends on a block is created after what that block loses is destroyed;
 * - a replacement destroys, then creates; with `create_before_destroy` it is the other way round.
 */
export class Order {
  /** Between operations, and the beginnings and ends of each block's phases. */
  private readonly graph = new Graph();
  private readonly steps: ReadonlyMap<string, number>;

  /**
   * @param dependencies from each block to those that it depends on
   * @param handedOver pairs of which the handler itself makes the second wait for the first
   */
  public constructor(
    operations: readonly Operation[],
    dependencies: Graph,
    handedOver: readonly (readonly [first: Operation, second: Operation])[],
  ) {
    const byId = new Map(operations.map((each) => [idOf(each), each]));
    const createsFirst = new Map<string, boolean>();
    for (const each of operations) {
      createsFirst.set(each.block, each.createsFirst || createsFirst.get(each.block) === true);
      // A block's operations of one phase lie between the two ends of that phase.
      const phase = each.goal === 'attach' ? 'create' : 'destroy';
      this.graph.connect(`begin ${phase} ${each.block}`, idOf(each));
      this.graph.connect(idOf(each), `end ${phase} ${each.block}`);
    }
    for (const block of createsFirst.keys()) {
      for (const other of dependencies.reachable(block)) {
        this.connectBlocks(block, other, createsFirst.get(other) === true);
      }
    }
    for (const detach of operations.filter(({ goal }) => goal === 'detach')) {
      const attach = byId.get(idOf({ ...detach, goal: 'attach' }));
      if (attach === undefined) continue;
      const [first, second] = detach.createsFirst ? [attach, detach] : [detach, attach];
      this.graph.connect(idOf(first), idOf(second));
    }
    for (const [first, second] of handedOver) {
      // What Terraform itself orders the other way round waits in vain.
      if (!this.precedes(second, first)) this.graph.connect(idOf(first), idOf(second));
    }
    this.steps = this.stepsOf([...byId.keys()]);
  }

  /** The step of an operation, from 1. */
  public of(operation: Operation): number {
    return this.steps.get(idOf(operation)) ?? 1;
  }

  /** Whether the second always begins after the first has ended. */
  public precedes(first: Operation, second: Operation): boolean {
    return this.graph.reachable(idOf(first)).has(idOf(second));
  }

  private connectBlocks(block: string, other: string, createsFirst: boolean): void {
    this.graph.connect(`end create ${other}`, `begin create ${block}`);
    this.graph.connect(`end destroy ${block}`, `begin destroy ${other}`);
    if (createsFirst) this.graph.connect(`end create ${block}`, `begin destroy ${other}`);
    else this.graph.connect(`end destroy ${other}`, `begin create ${block}`);
  }

  /** The longest path to each operation, counted in operations. What lies on a cycle stands where it was reached. */
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
    // Without gaps, from 1.
    const ranks = [...new Set(operations.map(depthOf))].sort((a, b) => a - b);
    return new Map(operations.map((id) => [id, ranks.indexOf(depthOf(id)) + 1]));
  }
}

function idOf({ goal, address }: Pick<Operation, 'goal' | 'address'>): string {
  return `${goal} ${address}`;
}
