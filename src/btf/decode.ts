/**
 * BTF sections read back: the other way of `encode.ts`, for what the kernel says about maps that others made.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { encodings, headerBytes, kindNumber, linkages, magic } from "./encode.ts";
import type { BtfType } from "./types.ts";

/** The types of a section by their numbers; number 0 is `void`. */
export type BtfTypes = readonly (BtfType | undefined)[];

/**
 * Reads a section.
 *
 * @throws {EbpfError} `InvalidArgument` if it is malformed.
 */
export function decodeBtf(bytes: Uint8Array): BtfTypes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint16(0, true) !== magic) throw malformed("it does not begin as BTF does");
    const [header, typesAt, typeBytes, stringsAt] = [4, 8, 12, 16].map((offset) => view.getUint32(offset, true));
    if (header < headerBytes) throw malformed("its header is too short");
    const reader = new Reader(view, header + typesAt, header + stringsAt);
    const types: (BtfType | undefined)[] = [undefined];
    for (const end = header + typesAt + typeBytes; reader.at < end;) types.push(readType(reader));
    return types;
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed("it ends too early", cause);
    throw cause;
  }
}

function malformed(why: string, cause?: unknown): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot read BTF: ${why}`, { cause });
}

/** Reads words and strings one after the other. */
class Reader {
  at: number;
  readonly #view: DataView;
  readonly #strings: number;

  constructor(view: DataView, at: number, strings: number) {
    this.#view = view;
    this.at = at;
    this.#strings = strings;
  }

  word(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  string(): string {
    const start = this.#strings + this.word();
    let end = start;
    while (this.#view.getUint8(end) !== 0) end++;
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, end - start));
  }

  /** So many entries, each read by a function. */
  times<T>(count: number, read: () => T): T[] {
    return Array.from({ length: count }, read);
  }
}

/** What all types begin with. */
interface Head {
  readonly name: string;
  readonly flag: boolean;
  readonly entries: number;
  /** Size or type, as the kind has it. */
  readonly operand: number;
}

const kinds = new Map(Object.entries(kindNumber).map(([kind, number]) => [number, kind as BtfType["kind"]]));

function readType(reader: Reader): BtfType {
  const name = reader.string();
  const info = reader.word();
  const head = { name, flag: info >>> 31 === 1, entries: info & 0xffff, operand: reader.word() };
  const number = info >>> 24 & 0x1f;
  const kind = kinds.get(number);
  if (!kind) throw malformed(`there is no kind ${number} of types`);
  return readers[kind](reader, head, kind) as BtfType;
}

/** A part of a type's object, as {@linkcode BtfType} has it. */
type Read = (reader: Reader, head: Head, kind: BtfType["kind"]) => object;

const reference: Read = (_, { name, operand }, kind) => ({ kind, name, type: operand });
const parted: Read = (reader, { name, operand, entries, flag }, kind) => ({
  kind,
  name,
  size: operand,
  members: reader.times(entries, () => ({ name: reader.string(), type: reader.word(), ...place(reader.word(), flag) })),
});
const enumeration: Read = (reader, { name, operand, entries, flag }, kind) => ({
  kind,
  name,
  size: operand,
  signed: flag,
  values: reader.times(entries, () => ({ name: reader.string(), value: enumerator(reader, kind === "enum64", flag) })),
});

const readers: Readonly<Record<BtfType["kind"], Read>> = {
  int: (reader, { name, operand }, kind) => ({ kind, name, size: operand, encoding: encodingOf(reader.word()) }),
  float: (_, { name, operand }, kind) => ({ kind, name, size: operand }),
  pointer: reference,
  typedef: reference,
  volatile: reference,
  const: reference,
  restrict: reference,
  typeTag: reference,
  array: (reader, _, kind) => {
    const [element, index, count] = reader.times(3, () => reader.word());
    return { kind, element, index, count };
  },
  struct: parted,
  union: parted,
  enum: enumeration,
  enum64: enumeration,
  forward: (_, { name, flag }, kind) => ({ kind, name, union: flag }),
  prototype: (reader, { operand, entries }, kind) => ({
    kind,
    result: operand,
    parameters: reader.times(entries, () => ({ name: reader.string(), type: reader.word() })),
  }),
  function: (_, { name, operand, entries }, kind) => ({ kind, name, type: operand, linkage: linkageOf(entries) }),
  variable: (reader, { name, operand }, kind) => ({ kind, name, type: operand, linkage: linkageOf(reader.word()) }),
  section: (reader, { name, operand, entries }, kind) => ({
    kind,
    name,
    size: operand,
    entries: reader.times(entries, () => ({ type: reader.word(), offset: reader.word(), size: reader.word() })),
  }),
  declarationTag: (reader, { name, operand }, kind) => ({ kind, name, type: operand, component: reader.word() | 0 }),
};

function place(word: number, flag: boolean): { bitOffset: number; bitSize?: number } {
  const bitSize = word >>> 24;
  return flag && bitSize > 0 ? { bitOffset: word & 0xffffff, bitSize } : { bitOffset: flag ? word & 0xffffff : word };
}

function enumerator(reader: Reader, wide: boolean, signed: boolean): bigint {
  const low = BigInt(reader.word());
  const value = wide ? low | BigInt(reader.word()) << 32n : low;
  return signed ? BigInt.asIntN(wide ? 64 : 32, value) : value;
}

function encodingOf(word: number): string | undefined {
  return Object.entries(encodings).find(([, bit]) => bit === word >>> 24)?.[0];
}

function linkageOf(number: number): string | undefined {
  return Object.entries(linkages).find(([, known]) => known === number)?.[0];
}
