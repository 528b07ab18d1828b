/**
 * Operations on one element of a map at a time, through memory that is set up once: several times as fast as those of
 * `elements.ts` where there are many.
 *
 * @module
 */
import { BpfCommand, preparedBpf } from "./bpf.ts";
import type { Descriptor } from "./descriptor.ts";
import { isFound, isStored, UpdateFlag } from "./elements.ts";
import { Layout, littleEndian } from "./syscall.ts";

/** Bytes of the attribute of such an operation, which ends behind its flags. */
const attributeSize = 32;
const flagsOffset = 24;

/** An operation whose attribute is in memory. */
interface Prepared {
  /** Returns as bpf(2) does. */
  readonly call: () => number;
  /** Where its flags are. */
  readonly flags: DataView;
}

/**
 * Attributes, and the keys and values that they point to. They lie one behind the other, on as few pages as can be: after a
 * system call each page costs anew.
 */
class Workplace {
  /** The keys and values. */
  readonly parts: readonly DataView<ArrayBuffer>[];
  readonly #map: Descriptor;
  readonly #memory: Layout;
  #end = 0;

  /**
   * Makes room.
   *
   * @param attributes How many operations there will be.
   * @param sizes Bytes of the keys and values.
   */
  constructor(map: Descriptor, attributes: number, sizes: readonly number[]) {
    const places = [attributes * attributeSize];
    for (const size of sizes) places.push(Math.ceil((places.at(-1)! + size) / 8) * 8);
    this.#map = map;
    this.#memory = new Layout(places.at(-1)!);
    this.parts = sizes.map((size, index) => new DataView(this.#memory.bytes.buffer, places[index], size));
  }

  /** Prepares an operation with a key and a value that are parts of this memory. */
  prepare(command: BpfCommand, key: DataView | undefined, value: DataView | undefined, flags = 0): Prepared {
    const [at, map] = [this.#end, this.#map];
    this.#end += attributeSize;
    this.#memory.u32(at, map.fd).u32(at + flagsOffset, flags);
    for (const [offset, part] of [[8, key], [16, value]] as const) {
      if (part) this.#memory.u64(at + offset, this.#memory.address + BigInt(part.byteOffset));
    }
    const run = preparedBpf(command, this.#memory, at, attributeSize);
    const call = () => {
      // The number in the attribute may be another file's after `close()`: then this throws.
      void map.fd;
      return run();
    };
    return { call, flags: new DataView(this.#memory.bytes.buffer, at + flagsOffset) };
  }
}

/** Lookups, updates and deletions by key. It may be used by one caller at a time. */
export class ElementCalls {
  /** The key of the next operation. */
  readonly key: DataView<ArrayBuffer>;
  /** The value that the last lookup found. */
  readonly found: DataView<ArrayBuffer>;
  /** The value of the next update. */
  readonly value: DataView<ArrayBuffer>;
  readonly #map: Descriptor;
  readonly #lookup: Prepared;
  readonly #update: Prepared;
  readonly #delete: Prepared;

  /**
   * Sets the memory up.
   *
   * @param keySize Bytes of a key.
   * @param valueSize Bytes of a value, as for `lookupElement`.
   * @param lookupFlags {@linkcode UpdateFlag}s of lookups.
   * @throws {EbpfError} `Closed`.
   */
  constructor(map: Descriptor, keySize: number, valueSize: number, lookupFlags: number = UpdateFlag.Any) {
    const place = new Workplace(map, 3, [keySize, valueSize, valueSize]);
    [this.key, this.found, this.value] = place.parts;
    this.#map = map;
    this.#lookup = place.prepare(BpfCommand.MapLookup, this.key, this.found, lookupFlags);
    this.#update = place.prepare(BpfCommand.MapUpdate, this.key, this.value);
    this.#delete = place.prepare(BpfCommand.MapDelete, this.key, undefined);
  }

  /** As `lookupElement`: the value is in `found` then. */
  lookup(): boolean {
    return isFound(this.#lookup.call(), "look up a key in", this.#map);
  }

  /** As `updateElement`. */
  update(flags: number): boolean {
    this.#update.flags.setUint32(0, flags, littleEndian);
    return isStored(this.#update.call(), this.#map, flags);
  }

  /** As `deleteElement`. */
  delete(): boolean {
    return isFound(this.#delete.call(), "delete a key of", this.#map);
  }
}

/** Operations on maps without keys: queues, stacks and Bloom filters. It may be used by one caller at a time. */
export class ValueCalls {
  /** The value of the next `push` or `has`. */
  readonly value: DataView<ArrayBuffer>;
  /** The value that the last `pop` or `peek` found. */
  readonly found: DataView<ArrayBuffer>;
  readonly #map: Descriptor;
  readonly #push: Prepared;
  readonly #pop: Prepared;
  readonly #peek: Prepared;
  readonly #has: Prepared;

  /**
   * Sets the memory up.
   *
   * @param size Bytes of a value.
   * @throws {EbpfError} `Closed`.
   */
  constructor(map: Descriptor, size: number) {
    const place = new Workplace(map, 4, [size, size]);
    [this.value, this.found] = place.parts;
    this.#map = map;
    this.#push = place.prepare(BpfCommand.MapUpdate, undefined, this.value);
    this.#pop = place.prepare(BpfCommand.MapLookupAndDelete, undefined, this.found);
    this.#peek = place.prepare(BpfCommand.MapLookup, undefined, this.found);
    this.#has = place.prepare(BpfCommand.MapLookup, undefined, this.value);
  }

  /** Puts `value` in, as `updateElement` does. */
  push(flags: number): boolean {
    this.#push.flags.setUint32(0, flags, littleEndian);
    return isStored(this.#push.call(), this.#map, flags);
  }

  /** Takes the next value out; whether there is one. */
  pop(): boolean {
    return isFound(this.#pop.call(), "take an entry out of", this.#map);
  }

  /** The next value, which stays; whether there is one. */
  peek(): boolean {
    return isFound(this.#peek.call(), "look up a value in", this.#map);
  }

  /** Whether a Bloom filter has `value`. */
  has(): boolean {
    return isFound(this.#has.call(), "look up a value in", this.#map);
  }
}
