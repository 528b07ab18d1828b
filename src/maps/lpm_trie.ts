/**
 * Tries: the entry with the longest matching prefix.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { MapFlag } from "../kernel/mod.ts";
import { type AnyType, type Scalar, type Struct, struct, type Type, u32 } from "../types/mod.ts";
import { EntryMap } from "./entries.ts";
import { demandOptions } from "./map.ts";
import { type AddressPrefix, isOrdered, type Prefix, prefixCodec } from "./prefix.ts";

/** How an {@linkcode LpmTrie} is made. */
export interface LpmTrieOptions {
  /** Entries at most. */
  readonly maxEntries: number;
}

/**
 * What an {@linkcode LpmTrie} takes for a key: an address, which stands for all of its bits; a prefix as an object; or, of
 * addresses that have a text, that: `"10.0.0.0/8"`.
 */
export type LpmKey<A> = A | string | AddressPrefix<A>;

/** The most bytes of an address that the kernel takes. */
const MOST_BYTES = 256;

/**
 * Entries by prefix (BPF_MAP_TYPE_LPM_TRIE): `get` finds the entry with the longest prefix that an address begins with, as
 * routing tables do. `set` and `delete` take exactly the prefix that is meant.
 *
 * In a program: `get`, `set`, `has` and `delete`, with an address or `{ prefixlen, address }`. Views end as those of a
 * `HashMap`.
 *
 * @example
 * ```ts
 * import { ipv4, LpmTrie, packetVar, u32, XDP } from "@waggle/ebpf";
 *
 * class Blocklist extends XDP {
 *   @packetVar(26, ipv4) accessor source!: number;
 *   blocked = new LpmTrie(ipv4, u32, { maxEntries: 1024 });
 *
 *   program() {
 *     if (this.blocked.has(this.source)) return XDP.DROP;
 *   }
 * }
 *
 * const list = new Blocklist();
 * list.blocked.set("10.0.0.0/8", 1);
 * const packet = new Uint8Array(64);
 * packet.set([10, 1, 2, 3], 26);
 * console.log(list.test(packet).name === "DROP", `${[...list.blocked.keys()]}` === "10.0.0.0/8");
 * ```
 */
export class LpmTrie<A, V> extends EntryMap<Prefix<A>, V, LpmKey<A>> {
  /**
   * Makes a trie.
   *
   * @param address The type of addresses: `ipv4`, `ipv6`, `mac`, `be32`, `array(u8, 16)`. Prefixes are those of its bytes.
   * @param value The type of values.
   * @param options How many entries.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries, and for addresses whose bytes are
   * not in the order of the network.
   */
  constructor(address: Type<A>, value: Type<V>, options: LpmTrieOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    demandAddress(address);
    const codec = prefixCodec(address);
    super({
      kind: "lpmTrie",
      keyType: keyType(address),
      valueType: value,
      maxEntries,
      // The kernel makes no others.
      flags: MapFlag.NoPreallocation,
      keyCodec: codec,
      constantKey: codec.parsed,
    });
  }
}

function keyType<A>(address: Type<A>): Struct<{ readonly prefixlen: Scalar<number>; readonly address: Type<A> }> {
  return struct({ prefixlen: u32, address }, { packed: true });
}

function demandAddress(type: AnyType | undefined): void {
  if (type && isOrdered(type) && type.size <= MOST_BYTES) return;
  throw new EbpfError(ErrorCode.InvalidArgument, "Cannot make a trie of addresses of this type", {
    remedy: `Give a type whose bytes are in the order of the network, ${MOST_BYTES} at most: ipv4, be32, array(u8, 16)`,
  });
}
