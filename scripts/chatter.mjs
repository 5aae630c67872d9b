/** What Terraform says at every step and a newcomer need not read: how it initializes, and how to apply a saved plan. */
export class Chatter {
  #inside = false;
  #hidden = [];

  /** Whether a line is worth showing. */
  admits(line) {
    if (/Initializing the backend/.test(line)) this.#inside = true;
    const inside = this.#inside;
    if (/remind you to do so if necessary/.test(line)) this.#inside = false;
    const shown = inside
      ? /^\s*(?:\S+ {2})? *- /.test(line)
      : !/validated the lock file|Saved the plan to|To perform exactly these|terraform apply "plan"|^\W*─+$/.test(
          line,
        );
    if (!shown) this.#hidden.push(line);
    return shown;
  }

  /** What was kept back, for the case that it tells why something failed. */
  get hidden() {
    return this.#hidden.join('\n');
  }
}
