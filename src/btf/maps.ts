/**
 * BTF of maps: by it `bpftool map dump` speaks of the names of fields and variables.
 *
 * @module
 */

import type { AnyType } from "../types/mod.ts";
import { BtfBuilder } from "./encode.ts";
import type { BtfId, BtfSectionEntry } from "./types.ts";
import { addType, identifier } from "./values.ts";

/** BTF of a map, as BPF_MAP_CREATE takes it. */
export interface MapBtf {
  readonly btf: Uint8Array<ArrayBuffer>;
  /** The number of the key's type; 0 for none. */
  readonly keyType: BtfId;
  /** The number of the value's type; 0 for none. */
  readonly valueType: BtfId;
}

/**
 * What the kernel lets a map say of its types: those of keys and values; of values only, with or without a key of no bytes;
 * of a stream of records, neither, so that the value is a struct of no bytes whose list has the records' type.
 */
export type MapForm = "entries" | "values" | "keyless values" | "records";

/**
 * Builds the BTF of a map of typed keys and values.
 *
 * @param name The map's name, after which structs are named: `flows_key`, `flows`.
 */
export function buildMapBtf(
  name: string,
  key: AnyType | undefined,
  value: AnyType | undefined,
  form: MapForm = "entries",
): MapBtf {
  const builder = new BtfBuilder();
  const isBare = form === "values" || form === "records";
  const keyType = key ? addType(builder, key, `${name}_key`) : isBare ? addNothing(builder) : 0;
  const valueType = value ? addType(builder, value, name) : 0;
  const shown = form === "records" ? addRecords(builder, valueType) : valueType;
  return { btf: builder.encode(), keyType, valueType: shown };
}

/** A type of no bytes. */
function addNothing(builder: BtfBuilder): BtfId {
  return builder.add({ kind: "struct", name: "nothing", size: 0, members: [] });
}

/** A type of no bytes by which tools find that of the records. */
function addRecords(builder: BtfBuilder, element: BtfId): BtfId {
  const index = builder.add({ kind: "int", name: "u32", size: 4 });
  const type = builder.add({ kind: "array", element, index, count: 0 });
  return builder.add({ kind: "struct", name: "records", size: 0, members: [{ name: "records", type, bitOffset: 0 }] });
}

/** A variable, and where it begins in its object's variables. */
export interface PlacedVariable {
  readonly name: string;
  readonly type: AnyType;
  readonly offset: number;
}

/** The variables of one object in a map's value. */
export interface VariableGroup {
  /** What holds the object, if it is a part of the program: `"small"`, `"rules_0"`; `undefined` for the program itself. */
  readonly name: string | undefined;
  /** The object's class. */
  readonly owner: string;
  /** Where they begin in the value, and how many bytes they take. */
  readonly offset: number;
  readonly size: number;
  readonly variables: readonly PlacedVariable[];
}

/**
 * Builds the BTF of a map of variables. Its value is a data section: tools show a program's own variables by their names,
 * and those of a part as a struct.
 *
 * @param section The section's name.
 * @param size Bytes of the value.
 */
export function buildVariablesBtf(section: string, size: number, groups: readonly VariableGroup[]): MapBtf {
  const builder = new BtfBuilder();
  const entries = groups
    .flatMap((group) => group.name === undefined ? ownEntries(builder, group) : [partEntry(builder, group.name, group)])
    .sort((a, b) => a.offset - b.offset);
  const valueType = builder.add({ kind: "section", name: section, size, entries });
  return { btf: builder.encode(), keyType: 0, valueType };
}

function ownEntries(builder: BtfBuilder, { offset: start, variables }: VariableGroup): BtfSectionEntry[] {
  return variables.map(({ name, type, offset }) => ({
    type: addVariable(builder, name, addType(builder, type)),
    offset: start + offset,
    size: type.size,
  }));
}

function partEntry(
  builder: BtfBuilder,
  name: string,
  { owner, offset, size, variables }: VariableGroup,
): BtfSectionEntry {
  const members = variables.map(({ name, type, offset }) => ({
    name: identifier(name),
    type: addType(builder, type),
    bitOffset: 8 * offset,
  }));
  const type = builder.add({ kind: "struct", name: identifier(owner), size, members });
  return { type: addVariable(builder, name, type), offset, size };
}

function addVariable(builder: BtfBuilder, name: string, type: BtfId): BtfId {
  return builder.add({ kind: "variable", name: identifier(name), type, linkage: "global" });
}
