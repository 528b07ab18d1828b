/**
 * The map that shared variables move to: those of a program and of its subprograms in one value.
 *
 * @module
 */

import type { MapReference } from "../bytecode/mod.ts";
import { createMap, type Descriptor, MapFlag, mapMemory, type Mapping, MapType } from "../kernel/mod.ts";

/** Variables of one object: their bytes, and where the current ones are. */
export interface Part {
  view: DataView;
  readonly size: number;
}

/** How many characters of an object's name the name of its map has: the kernel keeps 15 in all. */
const prefixLength = 7;
const alignment = 8;

/** The globals of an object, and of the subprograms that live with it. */
export class GlobalsMap implements MapReference {
  readonly name: string;
  readonly #parts: { readonly part: Part; readonly base: number }[];
  #shared: { readonly map: Descriptor; readonly mapping: Mapping } | undefined;

  constructor(owner: string, part: Part) {
    this.name = `${owner.slice(0, prefixLength)}.globals`;
    this.#parts = [{ part, base: 0 }];
  }

  /** Bytes of the map's value. */
  get size(): number {
    const { part, base } = this.#parts[this.#parts.length - 1];
    return base + part.size;
  }

  /** Whether the kernel has it. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Takes another object's variables in; gives where they begin. */
  adopt(part: Part): number {
    const base = Math.ceil(this.size / alignment) * alignment;
    this.#parts.push({ part, base });
    return base;
  }

  /**
   * The map in the kernel: made at the first call, with the values that the variables have.
   *
   * @throws {EbpfError} As `createMap`; the variables are then where they were.
   */
  share(): Descriptor {
    if (this.#shared) return this.#shared.map;
    const map = createMap({
      type: MapType.Array,
      keySize: 4,
      valueSize: this.size,
      // BPF_PSEUDO_MAP_VALUE addresses arrays of one element only.
      maxEntries: 1,
      flags: MapFlag.Mappable,
      name: this.name,
    });
    try {
      const mapping = mapMemory(map, this.size);
      this.#move((size, base) => new DataView(mapping.buffer, base, size));
      this.#shared = { map, mapping };
    } catch (error) {
      map.close();
      throw error;
    }
    return map;
  }

  /** The bytes of all variables in one piece: the kernel's if it has the map, else the process's own. */
  memory(): ArrayBuffer {
    if (this.#shared) return this.#shared.mapping.buffer;
    const [{ part: { view } }] = this.#parts;
    if (view.byteOffset > 0 || view.byteLength !== this.size || this.#parts.length > 1) {
      const buffer = new ArrayBuffer(this.size);
      this.#move((size, base) => new DataView(buffer, base, size));
      return buffer;
    }
    return view.buffer as ArrayBuffer;
  }

  /** Takes the variables back out of the kernel, as if they had never been there. */
  unshare(): void {
    if (!this.#shared) return;
    this.#move((size) => new DataView(new ArrayBuffer(size)));
    this.#free();
  }

  /** Frees the map; `instead` takes the place of all variables' memory. */
  close(instead: DataView): void {
    for (const { part } of this.#parts) part.view = instead;
    this.#free();
  }

  #free(): void {
    this.#shared?.mapping.close();
    this.#shared?.map.close();
    this.#shared = undefined;
  }

  #move(to: (size: number, base: number) => DataView): void {
    for (const { part, base } of this.#parts) {
      const view = to(part.size, base);
      const { buffer, byteOffset } = part.view;
      new Uint8Array(view.buffer, view.byteOffset, part.size).set(new Uint8Array(buffer, byteOffset, part.size));
      part.view = view;
    }
  }
}
