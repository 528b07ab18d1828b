/**
 * Maps of which a second path gets its own copy at no cost: what both have is shared until one of them changes. Most of them
 * are empty, and most paths end before they change anything.
 *
 * @module
 */

/** A map that can be forked. */
export class ForkedMap<Key, Of> implements ReadonlyMap<Key, Of> {
  #map: Map<Key, Of>;
  /** Whether others may have the same map. */
  #isShared: boolean;

  constructor(map?: Map<Key, Of>) {
    this.#map = map ?? EMPTY;
    this.#isShared = map === undefined;
  }

  /** A copy for a second path. */
  fork(): ForkedMap<Key, Of> {
    const copy = new ForkedMap<Key, Of>(this.#map);
    copy.#isShared = this.#isShared = true;
    return copy;
  }

  /** Whether neither of two has changed since one was forked from the other. */
  isSameAs(other: ForkedMap<Key, Of>): boolean {
    return this.#map === other.#map;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Of | undefined {
    return this.#map.get(key);
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  set(key: Key, value: Of): void {
    this.#own().set(key, value);
  }

  delete(key: Key): void {
    if (this.#map.has(key)) this.#own().delete(key);
  }

  clear(): void {
    this.#map = EMPTY;
    this.#isShared = true;
  }

  keys(): MapIterator<Key> {
    return this.#map.keys();
  }

  values(): MapIterator<Of> {
    return this.#map.values();
  }

  entries(): MapIterator<[Key, Of]> {
    return this.#map.entries();
  }

  forEach(visit: (value: Of, key: Key, map: ReadonlyMap<Key, Of>) => void): void {
    this.#map.forEach(visit);
  }

  [Symbol.iterator](): MapIterator<[Key, Of]> {
    return this.#map.entries();
  }

  #own(): Map<Key, Of> {
    if (this.#isShared) {
      this.#map = new Map(this.#map);
      this.#isShared = false;
    }
    return this.#map;
  }
}

// deno-lint-ignore no-explicit-any -- it is empty
const EMPTY: Map<any, any> = new Map();
