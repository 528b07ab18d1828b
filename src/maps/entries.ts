/**
 * Maps whose entries come and go.
 *
 * @module
 */

import { KeyedMap } from "./keyed.ts";
import { binding } from "./map.ts";

/** A {@linkcode KeyedMap} that entries can be deleted from. `Key` and `Value` are what its methods take for keys and values. */
export abstract class EntryMap<K, V, Key = K, Value = V> extends KeyedMap<K, V, Key, Value> {
  /**
   * Deletes a key.
   *
   * @param key The key.
   * @returns Whether it was there.
   * @throws {EbpfError} `NotPermitted` if the map is frozen; `Closed`; as bpf(2) fails.
   */
  delete(key: Key): boolean {
    const inside = this[binding];
    inside.demandThawed();
    const { store } = inside;
    const cell = store.take();
    inside.keyCodec!.encode(key, cell.key, 0);
    const wasThere = cell.delete();
    store.give(cell);
    return wasThere;
  }

  /**
   * Deletes all entries. What is stored meanwhile may stay.
   *
   * @throws {EbpfError} `NotPermitted` if the map is frozen; `Closed`; as bpf(2) fails.
   */
  clear(): void {
    const inside = this[binding];
    inside.demandThawed();
    inside.store.clear();
  }
}

/** An {@linkcode EntryMap} that finds exactly the key that is asked for. */
export abstract class HashedMap<K, V, Value = V> extends EntryMap<K, V, K, Value> {
  /**
   * The value of a key, which is stored first if the key is not there. In a program it is safe against others that do the
   * same at the same time: the first one's value stays.
   *
   * @param key The key.
   * @param initial What to store for a new key.
   * @returns The value; `undefined` if there is no room (in a program), or if somebody deleted the key at once.
   * @throws {EbpfError} `TooLarge` if the map is full, in user space; `Closed`; as bpf(2) fails.
   */
  getOrInsert(key: K, initial: Value): V | undefined {
    const found = this.get(key);
    if (found !== undefined) return found;
    this.set(key, initial, "noexist");
    return this.get(key);
  }
}
