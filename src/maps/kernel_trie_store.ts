/**
 * Entries of a trie in the kernel: the key that is looked up is not the one that is found.
 *
 * @module
 */

import type { Memory } from "../types/mod.ts";
import { KernelStore } from "./kernel_store.ts";
import { matches, prefixLength } from "./prefix.ts";

/** As a {@linkcode KernelStore}; live values write to the entry that was found. */
export class KernelTrieStore extends KernelStore {
  override live(key: Uint8Array<ArrayBuffer>): Memory | undefined {
    const own = this.#found(key);
    return own && super.live(own);
  }

  /** The key of the entry with the longest prefix. The kernel does not tell it: all keys are gone through. */
  #found(key: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
    let longest: Uint8Array<ArrayBuffer> | undefined;
    for (const { count, keys } of this.entries()) {
      for (let i = 0; i < count; i++) {
        const candidate = keys.slice(i * key.length, (i + 1) * key.length);
        if (matches(candidate, key) && prefixLength(candidate) >= (longest ? prefixLength(longest) : 0)) {
          longest = candidate;
        }
      }
    }
    return longest;
  }
}
