/**
 * Writes a BTF section: header, types, strings.
 *
 * ```text
 *  +--------+-------------------------------+---------------------+
 *  | header | types, numbered from 1        | strings, NUL-ended  |
 *  |   24   | each: name, info, size/type,… | the first is empty  |
 *  +--------+-------------------------------+---------------------+
 *  info: kind << 24 | kindFlag << 31 | number of entries
 * ```
 *
 * @module
 */

import type { BtfEnumerator, BtfId, BtfLinkage, BtfMember, BtfType } from "./types.ts";

/** Bytes of the header. */
export const headerBytes = 24;
/** The header's first 16 bits. */
export const magic = 0xeb9f;
/** The numbers of linkages. */
export const linkages: Readonly<Record<BtfLinkage, number>> = { static: 0, global: 1, extern: 2 };
/** The bits of integers' encodings. */
export const encodings: Readonly<Record<"signed" | "char" | "bool", number>> = { signed: 1, char: 2, bool: 4 };

/** The numbers of the kinds (include/uapi/linux/btf.h). */
export const kindNumber: Readonly<Record<BtfType["kind"], number>> = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  prototype: 13,
  variable: 14,
  section: 15,
  float: 16,
  declarationTag: 17,
  typeTag: 18,
  enum64: 19,
};

/** A type in words: what stands in its common head, and what follows. */
interface Layout {
  readonly name?: string;
  /** `size` or `type`, as the kind has it. */
  readonly operand: number;
  /** Number of entries, or the linkage of a function. */
  readonly entries?: number;
  readonly flag?: boolean;
  readonly tail?: readonly number[];
}

/** Collects types and strings of one section. Equal types get one number. */
export class BtfBuilder {
  readonly #words: number[] = [];
  readonly #ids = new Map<string, BtfId>();
  readonly #strings = new Map<string, number>([["", 0]]);
  #stringBytes = 1;
  #count = 0;

  /**
   * Adds a type, or finds the equal one.
   *
   * @param type Refers to others by their numbers; a number not yet given is allowed.
   * @returns Its number.
   */
  add(type: BtfType): BtfId {
    const key = JSON.stringify(type, (_, value) => typeof value === "bigint" ? `${value}n` : value);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const { name = "", operand, entries = 0, flag = false, tail = [] } = this.#layout(type);
    const info = (kindNumber[type.kind] << 24 | (flag ? 1 << 31 : 0) | entries) >>> 0;
    this.#words.push(this.string(name), info, operand, ...tail);
    this.#ids.set(key, ++this.#count);
    return this.#count;
  }

  /**
   * Adds a string.
   *
   * @param text Without NUL.
   * @returns Its place in the string section.
   */
  string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const offset = this.#stringBytes;
    this.#strings.set(text, offset);
    this.#stringBytes += new TextEncoder().encode(text).length + 1;
    return offset;
  }

  /**
   * The number that the next new type gets, for types that refer to themselves.
   *
   * @returns One more than there are types.
   */
  nextId(): BtfId {
    return this.#count + 1;
  }

  /**
   * The whole section.
   *
   * @returns What BPF_BTF_LOAD and `.BTF` take.
   */
  encode(): Uint8Array<ArrayBuffer> {
    const typeBytes = this.#words.length * 4;
    const bytes = new Uint8Array(new ArrayBuffer(headerBytes + typeBytes + this.#stringBytes));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, magic, true);
    view.setUint8(2, 1);
    [headerBytes, 0, typeBytes, typeBytes, this.#stringBytes].forEach((word, index) =>
      view.setUint32(4 + index * 4, word, true)
    );
    this.#words.forEach((word, index) => view.setUint32(headerBytes + index * 4, word, true));
    const encoder = new TextEncoder();
    for (const [text, offset] of this.#strings) bytes.set(encoder.encode(text), headerBytes + typeBytes + offset);
    return bytes;
  }

  #layout(type: BtfType): Layout {
    switch (type.kind) {
      case "int":
        return {
          name: type.name,
          operand: type.size,
          tail: [(type.encoding ? encodings[type.encoding] : 0) << 24 | type.size * 8],
        };
      case "float":
        return { name: type.name, operand: type.size };
      case "pointer":
      case "typedef":
      case "volatile":
      case "const":
      case "restrict":
      case "typeTag":
        return { name: type.name, operand: type.type };
      case "array":
        return { operand: 0, tail: [type.element, type.index, type.count] };
      case "struct":
      case "union":
        return this.#members(type.name, type.size, type.members);
      case "enum":
      case "enum64":
        return {
          name: type.name,
          operand: type.size,
          entries: type.values.length,
          flag: type.signed,
          tail: type.values.flatMap((value) => this.#enumerator(value, type.kind === "enum64")),
        };
      case "forward":
        return { name: type.name, operand: 0, flag: type.union };
      case "prototype":
        return {
          operand: type.result,
          entries: type.parameters.length,
          tail: type.parameters.flatMap((parameter) => [this.string(parameter.name), parameter.type]),
        };
      case "function":
        return { name: type.name, operand: type.type, entries: linkages[type.linkage] };
      case "variable":
        return { name: type.name, operand: type.type, tail: [linkages[type.linkage]] };
      case "section":
        return {
          name: type.name,
          operand: type.size,
          entries: type.entries.length,
          tail: type.entries.flatMap((entry) => [entry.type, entry.offset, entry.size]),
        };
      case "declarationTag":
        return { name: type.name, operand: type.type, tail: [type.component] };
    }
  }

  /** The flag changes the meaning of all offsets: with it, the upper 8 bits are a bit field's width. */
  #members(name: string | undefined, size: number, members: readonly BtfMember[]): Layout {
    const flag = members.some((member) => member.bitSize !== undefined);
    const tail = members.flatMap((member) => [
      this.string(member.name),
      member.type,
      flag ? (member.bitSize ?? 0) << 24 | member.bitOffset : member.bitOffset,
    ]);
    return { name, operand: size, entries: members.length, flag, tail };
  }

  #enumerator({ name, value }: BtfEnumerator, wide: boolean): number[] {
    const low = Number(BigInt.asUintN(32, value));
    return wide ? [this.string(name), low, Number(BigInt.asUintN(32, value >> 32n))] : [this.string(name), low];
  }
}
