import { orAborted } from '../zec/clock';

/** A FIFO lock for each key. */
export class KeyedLock<Key> {
  /** Resolves when the last holder of a key, and all before it, have released it. */
  private readonly free = new Map<Key, Promise<void>>();

  public isHeld(key: Key): boolean {
    return this.free.has(key);
  }

  /**
   * Waits until all earlier holders have released the key.
   * @returns a function that releases the key
   * @throws the signal's reason if it aborts first
   */
  public async acquire(key: Key, signal?: AbortSignal): Promise<() => void> {
    const earlier = this.free.get(key);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const free = Promise.all([earlier, released]).then(() => {
      if (this.free.get(key) === free) this.free.delete(key);
    });
    this.free.set(key, free);
    try {
      if (earlier !== undefined) await orAborted(earlier, signal);
      signal?.throwIfAborted();
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }
}
