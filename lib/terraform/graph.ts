/** A directed graph of things by their names. */
export class Graph {
  public readonly edges = new Map<string, Set<string>>();
  private readonly reached = new Map<string, ReadonlySet<string>>();

  public connect(from: string, to: string): void {
    this.edges.set(from, (this.edges.get(from) ?? new Set()).add(to));
    this.reached.clear();
  }

  /** All others to which a path leads. */
  public reachable(from: string): ReadonlySet<string> {
    const known = this.reached.get(from);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const waiting = [from];
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      for (const next of this.edges.get(each) ?? []) {
        if (found.has(next)) continue;
        found.add(next);
        waiting.push(next);
      }
    }
    found.delete(from);
    this.reached.set(from, found);
    return found;
  }
}
