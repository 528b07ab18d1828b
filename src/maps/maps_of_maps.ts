/**
 * Maps whose values are maps.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "../kernel/mod.ts";
import { u32 } from "../types/scalar.ts";
import type { Type } from "../types/type.ts";
import { binding, BpfMap, demandOptions } from "./map.ts";
import { ReferenceMap } from "./reference_map.ts";

/** How a map of maps is made. */
export interface MapOfMapsOptions {
  /** Maps at most; of an {@linkcode ArrayOfMaps} also the number that indexes are below. */
  readonly maxEntries: number;
}

/** What maps of maps have in common. */
export abstract class MapOfMaps<K, M extends BpfMap> extends ReferenceMap<K, M> {
  /** @ignore */
  protected override enter(map: M, use: (descriptor: Descriptor) => void): void {
    const inside = map[binding];
    inside.call(this.name);
    use(inside.share());
  }

  /** @ignore */
  protected override stay(map: M): void {
    map[binding].retain(this);
  }

  /** @ignore */
  protected override settle(map: M): void {
    map[binding].settle();
  }

  /** @ignore */
  protected override leave(map: M, undo: boolean): void {
    const isElsewhere = this[binding].isShared && [...this.values()].includes(map);
    if (isElsewhere) return;
    if (undo) {
      map[binding].forget(this);
      map[binding].unshare();
    } else map[binding].release(this);
  }

  /** @ignore */
  protected override owns(): boolean {
    return false;
  }

  /** @ignore */
  protected override demand(map: unknown): void {
    const shape = map instanceof BpfMap ? map[binding] : undefined;
    const inner = this[binding].inner!;
    const same = shape &&
      (["kind", "keySize", "valueSize", "maxEntries", "flags"] as const).every((property) =>
        shape[property] === inner[property]
      );
    if (same) return;
    const wanted = `${inner.kind} of ${inner.maxEntries} entries, with keys of ${inner.keySize} and values of ` +
      `${inner.valueSize} bytes`;
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot store this in "${this.name}": its maps are all alike`, {
      remedy: `Store a map of the kind ${wanted}, as the one that it was made with`,
    });
  }
}

/**
 * Maps by index (BPF_MAP_TYPE_ARRAY_OF_MAPS, Linux 4.12): whole tables that user space replaces at once.
 *
 * In a program: `get`, which gives the map, with the methods that it has there.
 *
 * @example
 * ```ts
 * import { ArrayOfMaps, HashMap, type Packet, u32, XDP } from "@waggle/ebpf";
 *
 * const table = () => new HashMap(u32, u32, { maxEntries: 64 });
 *
 * class Versions extends XDP {
 *   rules = new ArrayOfMaps(table(), { maxEntries: 1 });
 *
 *   program(packet: Packet) {
 *     return this.rules.get(0)?.get(packet.getUint32(26)) === 1 ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * const versions = new Versions();
 * const next = table();
 * next.set(0, 1);
 * versions.rules.set(0, next);
 * console.log(versions.test(new Uint8Array(64)).name === "DROP");
 * ```
 */
export class ArrayOfMaps<M extends BpfMap> extends MapOfMaps<number, M> {
  /**
   * Makes an array.
   *
   * @param inner A map such as all that are stored: kind, types and number of entries. It is not stored itself.
   * @param options How many maps.
   * @throws {EbpfError} `InvalidArgument` for what is no map and no number of entries.
   */
  constructor(inner: M, options: MapOfMapsOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super({ kind: "arrayOfMaps", keyType: u32, maxEntries, inner: demandMap(inner) }, u32);
  }
}

/**
 * Maps by key (BPF_MAP_TYPE_HASH_OF_MAPS, Linux 4.12). As {@linkcode ArrayOfMaps} otherwise.
 *
 * @example
 * ```ts
 * import { ArrayMap, HashOfMaps, type Packet, u32, u64, XDP } from "@waggle/ebpf";
 *
 * const counters = () => new ArrayMap(u64, { maxEntries: 4 });
 *
 * class Tenants extends XDP {
 *   tenants = new HashOfMaps(u32, counters(), { maxEntries: 1024 });
 *
 *   program(packet: Packet) {
 *     const mine = this.tenants.get(packet.getUint32(26));
 *     if (mine) mine.set(0, (mine.get(0) ?? 0n) + 1n);
 *   }
 * }
 *
 * const program = new Tenants();
 * program.tenants.set(0, counters());
 * program.test(new Uint8Array(64));
 * console.log(program.tenants.get(0)?.get(0) === 1n);
 * ```
 */
export class HashOfMaps<K, M extends BpfMap> extends MapOfMaps<K, M> {
  /**
   * Makes a map.
   *
   * @param key The type of keys.
   * @param inner A map such as all that are stored: kind, types and number of entries. It is not stored itself.
   * @param options How many maps.
   * @throws {EbpfError} `InvalidArgument` for what is no type, no map and no number of entries.
   */
  constructor(key: Type<K>, inner: M, options: MapOfMapsOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super({ kind: "hashOfMaps", keyType: key, maxEntries, inner: demandMap(inner) }, u32);
  }
}

function demandMap(inner: BpfMap): BpfMap[typeof binding] {
  if (inner instanceof BpfMap && !(inner instanceof ReferenceMap)) return inner[binding];
  throw new EbpfError(ErrorCode.InvalidArgument, "Cannot make a map of maps without a map to show what they are like", {
    remedy: "Give one: new ArrayOfMaps(new HashMap(u32, u32, { maxEntries: 64 }), { maxEntries: 8 })",
  });
}
