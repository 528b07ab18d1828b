/**
 * Bloom filters.
 *
 * @module
 */

import type { Type } from "../types/type.ts";
import { binding, BpfMap, demandOptions } from "./map.ts";
import type { QueueOptions } from "./queue.ts";
import { ValueBinding } from "./value_binding.ts";

/**
 * A set that only tells whether a value may have been added (BPF_MAP_TYPE_BLOOM_FILTER, kernel 5.16): what was added it
 * always knows, and of the rest it says wrongly, now and then, that it was. (Runs as plain JavaScript and in the virtual
 * machine are never wrong.) Nothing can be taken out.
 *
 * In a program: `add` and `has`.
 *
 * @example
 * ```ts
 * import { BloomFilter, type Packet, u32, XDP } from "@waggle/ebpf";
 *
 * class OnlyKnown extends XDP {
 *   known = new BloomFilter(u32, { maxEntries: 1000 });
 *
 *   program(packet: Packet) {
 *     return this.known.has(packet.getUint32(26)) ? XDP.PASS : XDP.DROP;
 *   }
 * }
 *
 * const program = new OnlyKnown();
 * program.known.add(0);
 * console.log(program.test(new Uint8Array(64)).name === "PASS");
 * ```
 */
export class BloomFilter<V> extends BpfMap {
  /**
   * Makes a filter.
   *
   * @param type The type of values.
   * @param options How many values it is made for; with more it is wrong more often.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(type: Type<V>, options: QueueOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    const description = { kind: "bloomFilter", valueType: type, maxEntries } as const;
    super(description, (reference) => new ValueBinding(reference, description));
  }

  /**
   * Adds a value.
   *
   * @param value The value.
   * @returns `true`: there is always room.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  add(value: V): boolean {
    return inside(this).push(value);
  }

  /**
   * Whether a value may have been added.
   *
   * @param value The value.
   * @returns `false` if it certainly was not.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  has(value: V): boolean {
    return inside(this).has(value);
  }
}

function inside(map: object): ValueBinding {
  return (map as { readonly [binding]: ValueBinding })[binding];
}
