/**
 * Events as an asynchronous iteration: taken out of the kernel's buffer many at a time, and only as fast as they are asked
 * for, so that the buffer is what holds them back.
 *
 * @module
 */

import type { Waiter } from "../kernel/mod.ts";

/** Where events come from. */
export interface EventSource<E> {
  /** Takes events that are there, this many at most. */
  take(limit: number): E[];
  /** Takes back what nobody asked for. */
  restore(events: readonly E[]): void;
  /** Whether no more will come. */
  isOver(): boolean;
  /** Waits for more. */
  readonly waiter: Waiter;
}

/**
 * How many events are taken at a time. Of longer lists more events outlive a collection of garbage, and Bun then spends more
 * on memory than on events.
 */
const MOST_AT_ONCE = 256;
/** Milliseconds after which timers and other events have their turn, even if events never end. */
const PATIENCE = 10;

/** Lists of events, none of them empty. It ends with its source, or when nobody wants more. */
export class BatchStream<E> implements AsyncIterableIterator<E[]> {
  readonly #source: EventSource<E>;
  #turn: Promise<unknown> = Promise.resolve();
  #lastPause = performance.now();
  #found = 0;
  #isOver = false;

  constructor(source: EventSource<E>) {
    this.#source = source;
  }

  /** The next list. */
  next(): Promise<IteratorResult<E[], undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends it, also what waits. */
  return(): Promise<IteratorResult<E[], undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<E[], undefined>> {
    const { waiter } = this.#source;
    for (; !this.#isOver && !this.#source.isOver(); await waiter.wait(this.#found)) {
      // What fits one list is all that there was: then it pays to wait for more to come.
      if (this.#found > 0 && this.#found < MOST_AT_ONCE) {
        this.#lastPause = performance.now();
        await waiter.wait(this.#found);
        if (this.#isOver || this.#source.isOver()) break;
      }
      const events = this.#source.take(MOST_AT_ONCE);
      this.#found = events.length;
      if (events.length === 0) continue;
      await this.#pause();
      return { done: false, value: events };
    }
    this.#end();
    return { done: true, value: undefined };
  }

  #pause(): Promise<void> | undefined {
    if (performance.now() - this.#lastPause < PATIENCE) return undefined;
    this.#lastPause = performance.now();
    return new Promise((resolve) => setTimeout(resolve, 0));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.waiter.close();
  }
}

/** Events one by one. */
export class EventStream<E> implements AsyncIterableIterator<E> {
  readonly #source: EventSource<E>;
  readonly #batches: BatchStream<E>;
  #batch: readonly E[] = [];
  #at = 0;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: EventSource<E>) {
    this.#source = source;
    this.#batches = new BatchStream(source);
  }

  /** The next event. */
  next(): Promise<IteratorResult<E, undefined>> {
    // Most of the time: as little as can be.
    if (this.#at < this.#batch.length && this.#waiting === 0) {
      return Promise.resolve({ done: false, value: this.#batch[this.#at++] });
    }
    this.#waiting++;
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends it, also what waits. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.#source.restore(this.#batch.slice(this.#at));
    this.#batch = [];
    await this.#batches.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<E, undefined>> {
    try {
      if (this.#at >= this.#batch.length) {
        const { done, value } = await this.#batches.next();
        if (done) return { done: true, value: undefined };
        this.#batch = value;
        this.#at = 0;
      }
      return { done: false, value: this.#batch[this.#at++] };
    } finally {
      this.#waiting--;
    }
  }
}
