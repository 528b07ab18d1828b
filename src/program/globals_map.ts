/**
 * The map that shared variables move to: those of a program and of its subprograms in one value.
 *
 * @module
 */

import { buildVariablesBtf, type PlacedVariable, type VariableGroup } from "../btf/mod.ts";
import {
  closing,
  createMap,
  type Descriptor,
  loadBtf,
  MapFlag,
  mapMemory,
  type Mapping,
  MapType,
} from "../kernel/mod.ts";
import { demandVariables } from "./pinned_variables.ts";
import type { ProgramMap } from "./program_map.ts";

/** Variables of one object: their bytes, and where the current ones are. */
export interface Part {
  /** The object's class. */
  readonly owner: string;
  view: DataView;
  readonly size: number;
  readonly variables: readonly PlacedVariable[];
}

/** A part in a map's value. */
interface Place {
  readonly part: Part;
  readonly base: number;
  /** Where the part hangs on the program; `undefined` for the program's own variables. */
  readonly name: string | undefined;
}

/** How many characters of an object's name the name of its map has: the kernel keeps 15 in all. */
const prefixLength = 7;
const alignment = 8;

/** The globals of an object, and of the subprograms that live with it. */
export class GlobalsMap implements ProgramMap {
  readonly name: string;
  readonly #places: Place[];
  #shared: { readonly map: Descriptor; readonly mapping: Mapping; readonly size: number } | undefined;

  constructor(part: Part) {
    this.name = `${part.owner.slice(0, prefixLength)}.globals`;
    this.#places = [{ part, base: 0, name: undefined }];
  }

  /** Bytes of the map's value. */
  get size(): number {
    return this.#shared?.size ?? Math.max(...this.#places.map(({ part, base }) => base + part.size));
  }

  /** Whether the kernel has it. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Takes another object's variables in, under the name of what holds it; gives where they begin. */
  join(part: Part, name: string): number {
    const base = Math.ceil(this.size / alignment) * alignment;
    this.#places.push({ part, base, name });
    return base;
  }

  /** Takes another object's variables in that are in the map already: from now on they are those. */
  joinAt(base: number, part: Part, name: string): void {
    this.#places.push({ part, base, name });
    part.view = new DataView(this.memory(), base, part.size);
  }

  /**
   * The map in the kernel: made at the first call, with the values that the variables have.
   *
   * @throws {EbpfError} As `createMap`; the variables are then where they were.
   */
  share(): Descriptor {
    if (this.#shared) return this.#shared.map;
    const { size } = this;
    const map = this.#create(size);
    try {
      const mapping = mapMemory(map, size);
      this.#move((size, base) => new DataView(mapping.buffer, base, size));
      this.#shared = { map, mapping, size };
    } catch (error) {
      map.close();
      throw error;
    }
    return map;
  }

  #create(size: number): Descriptor {
    const { btf, keyType, valueType } = buildVariablesBtf("globals", size, this.#groups());
    // The kernel's map keeps its BTF.
    return closing(loadBtf(btf, `create map "${this.name}"`), (descriptor) =>
      createMap({
        type: MapType.Array,
        keySize: 4,
        valueSize: size,
        // BPF_PSEUDO_MAP_VALUE addresses arrays of one element only.
        maxEntries: 1,
        flags: MapFlag.Mappable,
        name: this.name,
        btf: { descriptor, keyType, valueType },
      }));
  }

  #groups(): VariableGroup[] {
    return this.#places.map(({ part: { owner, size, variables }, base: offset, name }) => ({
      name,
      owner,
      offset,
      size,
      variables,
    }));
  }

  /** Makes the variables those of a map that the kernel has already, with the values that are there. */
  adopt(map: Descriptor, operation: string): void {
    const size = demandVariables(map, this.#groups(), operation);
    const mapping = mapMemory(map, size);
    for (const { part, base } of this.#places) part.view = new DataView(mapping.buffer, base, part.size);
    this.#shared = { map, mapping, size };
  }

  /** The bytes of all variables in one piece: the kernel's if it has the map, else the process's own. */
  memory(): ArrayBuffer {
    if (this.#shared) return this.#shared.mapping.buffer;
    const [{ part: { view } }] = this.#places;
    if (view.byteOffset > 0 || view.byteLength !== this.size || this.#places.length > 1) {
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
    for (const { part } of this.#places) part.view = instead;
    this.#free();
  }

  #free(): void {
    this.#shared?.mapping.close();
    this.#shared?.map.close();
    this.#shared = undefined;
  }

  #move(to: (size: number, base: number) => DataView): void {
    for (const { part, base } of this.#places) {
      const view = to(part.size, base);
      const { buffer, byteOffset } = part.view;
      new Uint8Array(view.buffer, view.byteOffset, part.size).set(new Uint8Array(buffer, byteOffset, part.size));
      part.view = view;
    }
  }
}
