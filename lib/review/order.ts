import type { Dependencies, Operation } from '../terraform';

type Phase = 'create' | 'destroy';

/**
 * The order in which Terraform runs the operations of a plan, from its own rules:
 * - what depends on a block is created after it, and destroyed before it;
 * - what depends on a block is created after what that block loses is destroyed;
 * - a replacement destroys, then creates; with `create_before_destroy` it is the other way round.
 */
export class Order {
  private readonly edges = new Map<string, Set<string>>();
  private readonly operations = new Map<string, Operation>();
  private readonly waves: ReadonlyMap<string, number>;
  private readonly reached = new Map<string, ReadonlySet<string>>();

  /**
   * @param handed pairs of which the handler itself makes the second wait for the first
   */
  public constructor(
    operations: readonly Operation[],
    dependencies: Dependencies,
    handed: readonly (readonly [first: Operation, second: Operation])[],
  ) {
    const createsFirst = new Map<string, boolean>();
    for (const each of operations) {
      this.operations.set(idOf(each), each);
      createsFirst.set(each.block, each.createsFirst || createsFirst.get(each.block) === true);
      // A block's operations of one phase lie between the two ends of that phase.
      this.edge(begin(each.block, phaseOf(each)), idOf(each));
      this.edge(idOf(each), end(each.block, phaseOf(each)));
    }
    for (const block of createsFirst.keys()) {
      for (const other of dependencies.of(block))
        this.connect(block, other, createsFirst.get(other) === true);
    }
    for (const each of operations) {
      const twin = this.operations.get(idOf({ ...each, goal: each.goal === 'attach' ? 'detach' : 'attach' }));
      if (twin === undefined || each.goal === 'attach') continue;
      if (each.createsFirst) this.edge(idOf(twin), idOf(each));
      else this.edge(idOf(each), idOf(twin));
    }
    for (const [first, second] of handed) {
      // What Terraform itself orders the other way round waits in vain.
      if (this.precedes(second, first)) continue;
      this.edge(idOf(first), idOf(second));
      this.reached.clear();
    }
    this.waves = this.computeWaves();
  }

  /** The step of an operation, from 1. */
  public of(operation: Operation): number {
    return this.waves.get(idOf(operation)) ?? 1;
  }

  /** Whether the second always begins after the first has ended. */
  public precedes(first: Operation, second: Operation): boolean {
    return this.from(idOf(first)).has(idOf(second));
  }

  private connect(block: string, other: string, createsFirst: boolean): void {
    this.edge(end(other, 'create'), begin(block, 'create'));
    this.edge(end(block, 'destroy'), begin(other, 'destroy'));
    if (createsFirst) this.edge(end(block, 'create'), begin(other, 'destroy'));
    else this.edge(end(other, 'destroy'), begin(block, 'create'));
  }

  private edge(from: string, to: string): void {
    const known = this.edges.get(from);
    if (known === undefined) this.edges.set(from, new Set([to]));
    else known.add(to);
  }

  private from(id: string): ReadonlySet<string> {
    const known = this.reached.get(id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const waiting = [id];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const each of this.edges.get(next) ?? []) {
        if (found.has(each)) continue;
        found.add(each);
        waiting.push(each);
      }
    }
    this.reached.set(id, found);
    return found;
  }

  /** The longest way to each operation, counted in operations. What lies on a cycle stands where it was reached. */
  private computeWaves(): ReadonlyMap<string, number> {
    const incoming = new Map<string, number>();
    for (const targets of this.edges.values()) {
      for (const each of targets) incoming.set(each, (incoming.get(each) ?? 0) + 1);
    }
    const depth = new Map<string, number>();
    const ready = [...this.edges.keys()].filter((each) => !incoming.has(each));
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const own = (depth.get(next) ?? 0) + (this.operations.has(next) ? 1 : 0);
      for (const each of this.edges.get(next) ?? []) {
        depth.set(each, Math.max(depth.get(each) ?? 0, own));
        const left = (incoming.get(each) ?? 0) - 1;
        incoming.set(each, left);
        if (left === 0) ready.push(each);
      }
    }
    const found = [...this.operations.keys()].map((id) => [id, depth.get(id) ?? 0] as const);
    // Without gaps, from 1.
    const ranks = [...new Set(found.map(([, wave]) => wave))].sort((a, b) => a - b);
    return new Map(found.map(([id, wave]) => [id, ranks.indexOf(wave) + 1]));
  }
}

function phaseOf({ goal }: Operation): Phase {
  return goal === 'attach' ? 'create' : 'destroy';
}

function idOf({ goal, address }: Pick<Operation, 'goal' | 'address'>): string {
  return `${goal} ${address}`;
}

function begin(block: string, phase: Phase): string {
  return `begin ${phase} ${block}`;
}

function end(block: string, phase: Phase): string {
  return `end ${phase} ${block}`;
}
