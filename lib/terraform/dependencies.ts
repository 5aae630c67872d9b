import { blockOf } from './address';
import type { BlockAddress } from './address';
import type { ConfigBlock } from './configuration';
import type { StateResource } from './schema';

/** Which blocks must be there before a block is, as far as a plan tells. */
export class Dependencies {
  private readonly direct = new Map<BlockAddress, Set<BlockAddress>>();
  private readonly whole = new Map<BlockAddress, ReadonlySet<BlockAddress>>();

  public constructor(configuration: ReadonlyMap<BlockAddress, ConfigBlock>, state: readonly StateResource[]) {
    for (const [block, { dependsOn }] of configuration) this.add(block, dependsOn);
    // The state remembers what went through locals, and the dependencies of what is no longer configured.
    for (const resource of state) this.add(blockOf(resource), resource.depends_on);
  }

  /** The blocks on which `block` depends, directly or not. */
  public of(block: BlockAddress): ReadonlySet<BlockAddress> {
    const known = this.whole.get(block);
    if (known !== undefined) return known;
    const found = new Set<BlockAddress>();
    const waiting = [block];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const each of this.direct.get(next) ?? []) {
        if (found.has(each)) continue;
        found.add(each);
        waiting.push(each);
      }
    }
    found.delete(block);
    this.whole.set(block, found);
    return found;
  }

  private add(block: BlockAddress, dependsOn: readonly BlockAddress[]): void {
    const known = this.direct.get(block) ?? new Set();
    for (const each of dependsOn) known.add(each);
    this.direct.set(block, known);
  }
}
