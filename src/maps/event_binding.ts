/**
 * The inside of maps that events come from: what ring buffers and perf event arrays have in common.
 *
 * @module
 */

import type { WaitMode } from "../kernel/mod.ts";
import { u64 } from "../types/scalar.ts";
import type { VirtualMap } from "../vm/mod.ts";
import { ArrayMap } from "./array_map.ts";
import type { MapBinding } from "./binding.ts";
import type { EventSource } from "./event_stream.ts";
import { binding } from "./map.ts";
import { type Channel, RecordBinding } from "./record_binding.ts";

/**
 * `"latency"`: each event wakes its reader. `"throughput"`: while events keep coming the reader looks each millisecond,
 * which costs much less; only after a pause does it wait for the next event.
 */
export type EventMode = WaitMode;

/** How events are iterated over. */
export interface EventOptions {
  /** How to wait for events; default: as the ring buffer was made. */
  readonly mode?: EventMode;
}

/** What maps that events come from keep from their users. */
export abstract class EventBinding<C extends Channel, L extends VirtualMap> extends RecordBinding<C, L> {
  /** Counts, in its only element, the events that there was no room for. */
  readonly dropped: ArrayMap<bigint> = new ArrayMap(u64, { maxEntries: 1 });
  #restored: unknown[] = [];

  /** Takes events out, of this process first: they are those of runs before `load()`. */
  protected abstract read(events: unknown[], limit: number): void;

  /** Maps that go wherever this one goes, by what is put behind its name. */
  get companions(): ReadonlyMap<string, MapBinding> {
    return new Map([["dropped", this.dropped[binding]]]);
  }

  override call(name: string): void {
    super.call(name);
    this.dropped[binding].call(`${this.name}_dropped`);
  }

  /** Takes so many events out, at most. */
  take(limit: number): unknown[] {
    this.demandOpen();
    const events = this.#restored.splice(0, limit);
    if (events.length < limit) this.read(events, limit - events.length);
    return events;
  }

  /** What an iteration goes over. */
  source(mode: EventMode): EventSource<unknown> {
    this.demandOpen();
    return {
      take: (limit) => this.take(limit),
      restore: (events) => void this.#restored.unshift(...events),
      isOver: () => this.isClosed,
      waiter: this.waiter(mode),
    };
  }

  /** Counts an event that there was no room for. */
  counted(isThere: boolean): boolean {
    if (!isThere) this.dropped.set(0, (this.dropped.get(0) ?? 0n) + 1n);
    return isThere;
  }
}
