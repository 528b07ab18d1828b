/**
 * Whether a map that the kernel has is the one that an object stands for.
 *
 * @module
 */

import { buildMapBtf, decodeBtf, typeText } from "../btf/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { btfById, btfBytes, closing, type Descriptor, type MapInfo, mapInfo, MapType } from "../kernel/mod.ts";
import { mapTypes } from "../vm/mod.ts";
import type { MapBinding } from "./binding.ts";

/** What an object says of its map. */
type Shape = Pick<MapBinding, "name" | "kind" | "keyType" | "valueType" | "keySize" | "valueSize" | "maxEntries">;

/**
 * Demands that a map is of an object's kind, with keys and values of its sizes; and of its types, if the kernel knows
 * them.
 *
 * @param operation What this is for, as it follows "Cannot".
 * @throws {EbpfError} `InvalidArgument`: the message names both sides. `NotPermitted` without CAP_SYS_ADMIN.
 */
export function demandSameMap(map: Descriptor, shape: Shape, operation: string): void {
  const info = mapInfo(map);
  const there = { ...info, types: typesOf(info) };
  const { name, keySize, valueSize, maxEntries } = shape;
  const here = {
    keySize,
    valueSize,
    maxEntries,
    type: mapTypes[shape.kind],
    types: there.types && typesOfShape(shape),
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

function typesOf({ btfId, btfKeyType, btfValueType }: MapInfo): string | undefined {
  const btf = btfId === 0 ? undefined : btfById(btfId);
  if (!btf) return undefined;
  const types = decodeBtf(closing(btf, btfBytes));
  return `${typeText(types, btfKeyType)} to ${typeText(types, btfValueType)}`;
}

function typesOfShape({ name, keyType, valueType }: Shape): string {
  const { btf, keyType: key, valueType: value } = buildMapBtf(name, keyType, valueType);
  const types = decodeBtf(btf);
  return `${typeText(types, key)} to ${typeText(types, value)}`;
}
