/**
 * How a reader waits for the next events: as short as possible, or so that many come at once.
 *
 * @module
 */
import type { Descriptor } from "./descriptor.ts";
import { Readiness } from "./readiness.ts";

/**
 * `"latency"`: woken at each event. `"throughput"`: while events keep coming, a look each millisecond takes all that have
 * come, for a fraction of the work; only after a pause is the next event waited for.
 */
export type WaitMode = "latency" | "throughput";

/** Waits for events. */
export interface Waiter {
  /**
   * Ends when there may be events, or at `close()`. The process stays alive meanwhile.
   *
   * @param found How many events the last look found.
   */
  wait(found: number): Promise<void>;
  /** Ends whatever waits. Closing again does nothing. */
  close(): void;
}

/**
 * Makes the waiter for a mode.
 *
 * @param descriptors What becomes readable with an event. They must stay open until `close()`.
 */
export function createWaiter(mode: WaitMode, descriptors: readonly Descriptor[]): Waiter {
  return mode === "latency" ? new Readiness(descriptors) : new Sampling(descriptors);
}

/** Milliseconds between two looks. */
const interval = 1;
/** After so many looks in vain it is a pause. */
const patience = 8;

class Sampling implements Waiter {
  readonly #readiness: Readiness;
  #vain = patience;
  #wake: (() => void) | undefined;

  constructor(descriptors: readonly Descriptor[]) {
    this.#readiness = new Readiness(descriptors);
  }

  async wait(found: number): Promise<void> {
    this.#vain = found > 0 ? 0 : this.#vain + 1;
    if (this.#vain >= patience) {
      await this.#readiness.wait();
      this.#vain = 0;
    }
    // After the first event too: the next ones are on their way.
    await this.#sleep();
  }

  close(): void {
    this.#readiness.close();
    this.#wake?.();
  }

  #sleep(): Promise<void> {
    if (this.#readiness.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, interval);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
