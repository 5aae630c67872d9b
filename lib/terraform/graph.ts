export class Graph {
  public readonly edges = new Map<string, Set<string>>();
  private readonly reached = new Map<string, ReadonlySet<string>>();

  public connect(from: string, to: string): void {
    this.edges.set(from, (this.edges.get(from) ?? new Set()).add(to));
    this.reached.clear();
  }

  /** All other nodes that can be reached from a node. */
  public reachable(from: string): ReadonlySet<string> {
    const known = this.reached.get(from);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const pending = [from];
    for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
      for (const next of this.edges.get(each) ?? []) {
        if (found.has(next)) continue;
        found.add(next);
        pending.push(next);
      }
    }
    found.delete(from);
    this.reached.set(from, found);
    return found;
  }
}
