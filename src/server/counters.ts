// Counters by name, as metrics and the SIGUSR1 report show them.

/** Named counters that only grow. */
export class Counters {
  private readonly cells = new Map<string, { value: number }>();
  private lastName = "";
  private lastCell = { value: 0 };

  /** Adds one, or more. */
  count(name: string, by = 1): void {
    // Queries come in runs that have the same outcome.
    if (name !== this.lastName) {
      this.lastName = name;
      this.lastCell = this.cells.get(name) ?? { value: 0 };
      this.cells.set(name, this.lastCell);
    }
    this.lastCell.value += by;
  }

  /** All of them as they are now, in the order of first use (allocates). */
  entries(): ReadonlyMap<string, number> {
    return new Map([...this.cells].map(([name, { value }]) => [name, value]));
  }
}
