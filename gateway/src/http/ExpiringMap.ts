/** Holds values for a while, and at most so many: the oldest go first. */
export class ExpiringMap<value> {
  readonly #entries = new Map<string, { value: value; until: number }>();
  readonly #lifetime: number;
  readonly #limit: number;

  /** @param lifetime Milliseconds. */
  constructor(lifetime: number, limit: number) {
    this.#lifetime = lifetime;
    this.#limit = limit;
  }

  set(key: string, value: value): void {
    for (const [oldest, { until }] of this.#entries) {
      if (this.#entries.size < this.#limit && until > Date.now()) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, until: Date.now() + this.#lifetime });
  }

  get(key: string): value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
  }

  /** Reads a value and forgets it, so that nobody reads it twice. */
  take(key: string): value | undefined {
    const value = this.get(key);
    this.#entries.delete(key);
    return value;
  }
}
