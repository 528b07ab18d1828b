/**
 * BTF of the library's types: what maps tell the kernel's tools about their keys and values.
 *
 * @module
 */

import {
  type AnyScalar,
  type AnyType,
  type ArrayType,
  type Bits,
  type Fields,
  ipv6,
  type Struct,
} from "../types/mod.ts";
import { spinLock } from "../types/spin_lock.ts";
import type { BtfBuilder } from "./encode.ts";
import type { BtfId, BtfMember } from "./types.ts";

/**
 * Adds a type of the library.
 *
 * Tools know integers of the processor's own byte order only: those of another order are typedefs (`be16`) of them, and
 * addresses are the bytes that people write.
 *
 * @param name The name that a struct gets; without one it stays anonymous.
 * @returns Its number.
 */
export function addType(builder: BtfBuilder, type: AnyType, name?: string): BtfId {
  if (type === spinLock) return addLock(builder);
  if (type === ipv6) return addBytes(builder, "ipv6", type.size);
  switch (type.kind) {
    case "array":
      return addArray(builder, type as ArrayType<unknown>);
    case "struct":
      return addStruct(builder, type as Struct<Fields>, name);
    case "bits":
      return addInteger(builder, type.size, false);
    default:
      return addScalar(builder, type as AnyScalar);
  }
}

function addScalar(builder: BtfBuilder, { name, size, signed, endian, value }: AnyScalar): BtfId {
  if (value === "boolean") return builder.add({ kind: "int", name, size: 1, encoding: "bool" });
  if (size === 6 || name === "ipv4") return addBytes(builder, name, size);
  const integer = addInteger(builder, size, signed);
  if (endian === "native" && value !== "fixed") return integer;
  return builder.add({ kind: "typedef", name, type: integer });
}

function addInteger(builder: BtfBuilder, size: number, signed: boolean): BtfId {
  const name = `${signed ? "i" : "u"}${8 * size}`;
  return builder.add({ kind: "int", name, size: size as 1 | 2 | 4 | 8, encoding: signed ? "signed" : undefined });
}

function addBytes(builder: BtfBuilder, name: string, count: number): BtfId {
  const [element, index] = [addInteger(builder, 1, false), addInteger(builder, 4, false)];
  return builder.add({ kind: "typedef", name, type: builder.add({ kind: "array", element, index, count }) });
}

/** What the verifier looks for in the type of a value. */
function addLock(builder: BtfBuilder): BtfId {
  const members = [{ name: "val", type: addInteger(builder, 4, false), bitOffset: 0 }];
  return builder.add({ kind: "struct", name: "bpf_spin_lock", size: 4, members });
}

function addArray(builder: BtfBuilder, { element, length }: ArrayType<unknown>): BtfId {
  const [type, index] = [addType(builder, element), addInteger(builder, 4, false)];
  return builder.add({ kind: "array", element: type, index, count: length });
}

function addStruct(builder: BtfBuilder, { fields, places, size }: Struct<Fields>, name?: string): BtfId {
  const members = Object.entries(fields).map(([field, type]): BtfMember => {
    const { offset, shift } = places[field];
    const bitSize = type.kind === "bits" ? (type as Bits<number>).width : undefined;
    return { name: identifier(field), type: addType(builder, type), bitOffset: 8 * offset + shift, bitSize };
  });
  return builder.add({ kind: "struct", name: name && identifier(name), size, members });
}

/** Names in BTF must be C identifiers. */
export function identifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9]|$)/, "_").slice(0, 127);
}
