/**
 * Whether a map that the kernel has is the one that an object stands for.
 *
 * @module
 */

import { type BtfId, type BtfTypes, decodeBtf, typeText } from "../btf/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { btfById, btfBytes, closing, type Descriptor, type MapInfo, mapInfo, MapType } from "../kernel/mod.ts";
import { mapTypes } from "../vm/mod.ts";
import type { MapBinding } from "./binding.ts";
import { typesOf } from "./kernel_types.ts";

/** What an object says of its map. */
export type Shape = Pick<
  MapBinding,
  "name" | "kind" | "keyType" | "valueType" | "keySize" | "valueSize" | "maxEntries"
>;

/**
 * Demands that a map is of an object's kind, with keys and values of its sizes; and of its types, if the kernel knows
 * them.
 *
 * @param operation What this is for, as it follows "Cannot".
 * @throws {EbpfError} `InvalidArgument`: the message names both sides. `NotPermitted` without CAP_SYS_ADMIN.
 */
export function demandSameMap(map: Descriptor, shape: Shape, operation: string): void {
  const info = mapInfo(map);
  const there = { ...info, types: typesThere(info) };
  const { name, keySize, valueSize, maxEntries } = shape;
  const here = {
    keySize,
    valueSize,
    maxEntries,
    type: mapTypes[shape.kind],
    types: there.types && typesHere(shape),
  };
  const differs = (["type", "keySize", "valueSize", "maxEntries", "types"] as const).some((fact) =>
    here[fact] !== there[fact]
  );
  if (!differs) return;
  throw new EbpfError(
    ErrorCode.InvalidArgument,
    `Cannot ${operation}: its map "${name}" is ${words(here)}; there it is ${words(there)}`,
    { remedy: "Make the map as it was made there, or start anew: unpin(), load() and pin()" },
  );
}

interface Facts {
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly types: string | undefined;
}

function words({ type, keySize, valueSize, maxEntries, types }: Facts): string {
  const entries = types ?? `keys of ${keySize} to values of ${valueSize} bytes`;
  return `a ${MapType[type] ?? type} map of ${maxEntries} entries, ${entries}`;
}

function typesThere({ btfId, btfKeyType, btfValueType }: MapInfo): string | undefined {
  const btf = btfId === 0 ? undefined : btfById(btfId);
  return btf && inWords(decodeBtf(closing(btf, btfBytes)), btfKeyType, btfValueType);
}

function typesHere(shape: Shape): string | undefined {
  const types = typesOf(shape);
  return types && inWords(decodeBtf(types.btf), types.keyType, types.valueType);
}

/** `"u32 to u64"`; of maps without keys `"values of u64"`, `"records of u64"`. */
function inWords(types: BtfTypes, key: BtfId, value: BtfId): string {
  const records = recordsOf(types, value);
  if (records !== undefined) return `records of ${typeText(types, records)}`;
  return isNothing(types, key)
    ? `values of ${typeText(types, value)}`
    : `${typeText(types, key)} to ${typeText(types, value)}`;
}

function isNothing(types: BtfTypes, id: BtfId): boolean {
  const type = types[id];
  return !type || type.kind === "struct" && type.members.length === 0;
}

/** The type of a stream's records, which a struct of no bytes has in its list. */
function recordsOf(types: BtfTypes, id: BtfId): BtfId | undefined {
  const type = types[id];
  if (type?.kind !== "struct" || type.size > 0 || type.members.length !== 1) return undefined;
  const list = types[type.members[0].type];
  return list?.kind === "array" ? list.element : undefined;
}
