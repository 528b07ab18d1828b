/**
 * Structs: named fields laid out by C's rules, as live views of memory.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { shownAs } from "../ffi/console.ts";
import { once } from "../once.ts";
import { access, store } from "./access.ts";
import { type Bits, readBits, writeBits } from "./bits.ts";
import type { AnyType, Infer, Memory, Type } from "./type.ts";

/** The fields of a struct, in order. */
export type Fields = Readonly<Record<string, AnyType>>;

/** A struct as TypeScript sees it: live, so that reading a field sees what the kernel writes. */
export type View<F extends Fields> = { -readonly [K in keyof F]: Infer<F[K]> };

/** Where a field is. */
export interface FieldPlace {
  /** Bytes from the struct's start; of a bit field, of the byte that holds its lowest bit. */
  readonly offset: number;
  /** Of a bit field: how many bits of that byte lie below it. */
  readonly shift: number;
}

/** A type of structs: its fields, and what else its views have. */
export interface Struct<F extends Fields, Derived = unknown> extends Type<View<F> & Derived> {
  /** Tells structs from other types. */
  readonly kind: "struct";
  /** The types of the fields, in order. */
  readonly fields: F;
  /** Where each field is. */
  readonly places: Readonly<Record<keyof F, FieldPlace>>;
  /** What its views have besides the fields. */
  readonly derived: PropertyDescriptorMap;
}

/** How a struct is laid out, and what else its views have. */
export interface StructOptions<F extends Fields = Fields, Derived = unknown> {
  /** Without padding, as by C's `__attribute__((packed))`. Default `false`. */
  readonly packed?: boolean;
  /**
   * Getters, setters and methods that views have besides the fields; `this` is the view. In programs they are compiled from
   * their own text, as all functions are.
   */
  readonly derived?: Derived & ThisType<View<F> & Derived>;
}

/**
 * A struct: fields in order, each at a multiple of its alignment, the whole padded to a multiple of the largest, exactly
 * as C lays it out.
 *
 * @param fields Names and types.
 * @param options `packed` leaves all padding out; `derived` has what follows from the fields.
 * @throws {EbpfError} `InvalidArgument` for a struct without fields, and where a derived member has the name of a field.
 *
 * @example
 * ```ts ignore
 * const Flow = struct({ packets: u64, bytes: u64 });
 * type Flow = Infer<typeof Flow>;
 *
 * const Tunnel = struct({ word: be32 }, {
 *   derived: {
 *     get network() {
 *       return this.word >>> 8;
 *     },
 *   },
 * });
 * ```
 */
export function struct<const F extends Fields, Derived = unknown>(
  fields: F,
  options: StructOptions<F, Derived> = {},
): Struct<F, Derived> {
  if (Object.keys(fields).length === 0) {
    throw new EbpfError(ErrorCode.InvalidArgument, "Cannot make a struct without fields", {
      remedy: "Give at least one field: struct({ packets: u64 })",
    });
  }
  const derived = derivedOf(fields, options.derived ?? {});
  const { packed = false } = options;
  const type: Struct<F, Derived> = {
    kind: "struct",
    fields: Object.freeze({ ...fields }),
    derived,
    ...layOut(fields, packed),
  };
  Object.defineProperty(type, prototype, { value: once(() => viewPrototype(type as unknown as Struct<Fields>)) });
  return Object.freeze(type);
}

function derivedOf(fields: Fields, derived: object): PropertyDescriptorMap {
  const own = Object.entries(Object.getOwnPropertyDescriptors(derived));
  for (const [name] of own) {
    if (!Object.hasOwn(fields, name)) continue;
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot derive ${name}: a field has that name`, {
      remedy: "Give one of them another name",
    });
  }
  // Not enumerable: what is not stored is not copied either.
  return Object.freeze(Object.fromEntries(own.map(([name, one]) => [name, { ...one, enumerable: false }])));
}

type Layout<F extends Fields> = Pick<Struct<F>, "size" | "alignment" | "places">;

function layOut<F extends Fields>(fields: F, packed: boolean): Layout<F> {
  const places: [string, FieldPlace][] = [];
  let position = 0; // in bits
  let alignment = 1;
  for (const [name, type] of Object.entries(fields)) {
    const unit = packed ? 1 : type.alignment;
    alignment = Math.max(alignment, unit);
    const start = isBits(type) ? bitStart(type, position, packed) : roundUp(position, 8 * unit);
    places.push([name, { offset: Math.floor(start / 8), shift: start % 8 }]);
    position = start + (isBits(type) ? type.width : 8 * type.size);
  }
  return {
    size: roundUp(Math.ceil(position / 8), alignment),
    alignment,
    places: Object.freeze(Object.fromEntries(places)) as Record<keyof F, FieldPlace>,
  };
}

/** C's rule: a bit field does not cross a boundary of the type that it is declared with, unless packed. */
function bitStart({ width, size }: Bits<number>, position: number, packed: boolean): number {
  const unit = 8 * size;
  const crosses = Math.floor(position / unit) !== Math.floor((position + width - 1) / unit);
  return crosses && !packed ? roundUp(position, unit) : position;
}

function roundUp(x: number, multiple: number): number {
  return Math.ceil(x / multiple) * multiple;
}

function isBits(type: AnyType): type is Bits<number> {
  return type.kind === "bits";
}

/** Where a view looks: a symbol, so that a view has no properties but its fields. */
const home = Symbol("home");
/** Gives the prototype of a type's views. */
const prototype = Symbol("prototype");

interface StructView {
  readonly [home]: { readonly memory: Memory; readonly offset: number };
}

function viewPrototype(type: Struct<Fields>): object {
  const names = Object.keys(type.fields);
  const plain = (view: Record<string, unknown>) => Object.fromEntries(names.map((name) => [name, view[name]]));
  return Object.create(Object.prototype, {
    ...shownAs<Record<string, unknown>>((view, inspect, options) => inspect(plain(view), options)),
    ...type.derived,
    ...Object.fromEntries(names.map((name) => [name, fieldProperty(type, name)])),
    toJSON: {
      value(this: Record<string, unknown>) {
        return plain(this);
      },
    },
  });
}

function fieldProperty(type: Struct<Fields>, name: string): PropertyDescriptor {
  return {
    enumerable: true,
    get(this: StructView) {
      const { memory, offset } = this[home];
      return readField(type, name, memory, offset);
    },
    set(this: StructView, x: unknown) {
      const { memory, offset } = this[home];
      writeField(type, name, memory.view, offset, x);
    },
  };
}

function readField(type: Struct<Fields>, name: string, memory: Memory, offset: number): unknown {
  const field = type.fields[name];
  const place = type.places[name];
  if (isBits(field)) return readBits(field, memory.view, 8 * (offset + place.offset) + place.shift);
  return access(field, memory, offset + place.offset);
}

function writeField(type: Struct<Fields>, name: string, view: DataView, offset: number, x: unknown): void {
  const field = type.fields[name];
  const place = type.places[name];
  if (isBits(field)) writeBits(field, view, 8 * (offset + place.offset) + place.shift, (x ?? 0) as number);
  else store(field, view, offset + place.offset, x);
}

/** The live view of a struct. */
export function structView<F extends Fields>(type: Struct<F>, memory: Memory, offset: number): View<F> {
  const views = (type as unknown as { readonly [prototype]: () => object })[prototype]();
  return Object.create(views, { [home]: { value: { memory, offset } } });
}

/** Where a live view of a struct looks; `undefined` of anything else. */
export function memoryOf(x: object): { readonly memory: Memory; readonly offset: number } | undefined {
  return isStructView(x) ? (x as StructView)[home] : undefined;
}

/** Whether a value is a live view of a struct. */
export function isStructView(x: unknown): boolean {
  return typeof x === "object" && x !== null && home in x;
}

/** Copies the fields of any object into a struct; what is missing becomes 0. */
export function storeStruct(
  type: Struct<Fields>,
  view: DataView,
  offset: number,
  values: Record<string, unknown>,
): void {
  for (const name of Object.keys(type.fields)) writeField(type, name, view, offset, values[name]);
}
