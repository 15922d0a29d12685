import { GatewayBusyError } from "../errors.ts";

/** Lets so many works run at a time, and so many more wait for their turn, first come, first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #limit: number;
  readonly #queue: number;
  #running = 0;

  constructor(limit: number, queue = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#queue = queue;
  }

  /**
   * Runs `work` in its turn.
   *
   * @throws GatewayBusyError if too many wait already.
   */
  async take<result>(work: () => Promise<result>): Promise<result> {
    if (this.#running < this.#limit) this.#running++;
    else if (this.#waiting.length >= this.#queue) throw new GatewayBusyError();
    // Who ends hands its place over, so that nobody overtakes those who wait.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
