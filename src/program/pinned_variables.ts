/**
 * Maps of variables that another process, or another program, has made: whether they are laid out as a class has its
 * variables. Their BTF says so.
 *
 * @module
 */

import {
  buildVariablesBtf,
  decodeBtf,
  identifier,
  type SectionVariable,
  sectionVariables,
  type VariableGroup,
} from "../btf/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { btfById, btfBytes, closing, type Descriptor, MapFlag, mapInfo, MapType } from "../kernel/mod.ts";

/**
 * Demands that a map is one of variables, and has those of a class at the same places.
 *
 * @param groups The program's own variables; and those of its parts, as far as their places are settled.
 * @param operation What this is for, as it follows "Cannot".
 * @returns Bytes of the map's value.
 * @throws {EbpfError} `InvalidArgument`; the message says what differs. `NotPermitted` without CAP_SYS_ADMIN.
 */
export function demandVariables(map: Descriptor, groups: readonly VariableGroup[], operation: string): number {
  const { valueSize } = mapInfo(map);
  const there = variablesOf(map);
  if (!there) throw noVariables(map, operation);
  const here = describeGroups(groups);
  const differences = here.flatMap((variable) => difference(variable, there));
  if (differences.length > 0) throw different(operation, differences);
  return valueSize;
}

/**
 * Where a part's variables begin in a map.
 *
 * @param part Its variables, under the name of what holds it.
 * @returns `undefined` if the map does not have this part.
 * @throws {EbpfError} As {@linkcode demandVariables}.
 */
export function placeOfPart(map: Descriptor, part: VariableGroup, operation: string): number | undefined {
  const [here] = describeGroups([part]);
  const there = variablesOf(map)?.find(({ name }) => name === here.name);
  if (!there) return undefined;
  if (there.type !== here.type) throw different(operation, [`${here.name}: ${here.type} here, ${there.type} there`]);
  return there.offset;
}

function describeGroups(groups: readonly VariableGroup[]): readonly SectionVariable[] {
  const size = Math.max(...groups.map((group) => group.offset + group.size));
  const { btf, valueType } = buildVariablesBtf("globals", size, groups);
  return sectionVariables(decodeBtf(btf), valueType)!;
}

/** The variables in a map; `undefined` if it is not one of variables. */
function variablesOf(map: Descriptor): readonly SectionVariable[] | undefined {
  const { type, keySize, maxEntries, flags, btfId, btfValueType } = mapInfo(map);
  const isMap = type === MapType.Array && keySize === 4 && maxEntries === 1 && (flags & MapFlag.Mappable) !== 0;
  const btf = isMap && btfId !== 0 ? btfById(btfId) : undefined;
  return btf && sectionVariables(decodeBtf(closing(btf, btfBytes)), btfValueType);
}

function difference(here: SectionVariable, there: readonly SectionVariable[]): string[] {
  const same = there.filter(({ name }) => name === here.name);
  if (same.some(({ offset, type }) => offset === here.offset && type === here.type)) return [];
  return [`${words(here)} here, ${same.length > 0 ? same.map(words).join(" and ") : "nothing of this name"} there`];
}

function words({ name, offset, type }: SectionVariable): string {
  return `${identifier(name)}: ${type} at ${offset}`;
}

function different(operation: string, differences: readonly string[]): EbpfError {
  const list = differences.map((line) => `\n    ${line}`).join("");
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot ${operation}: the variables differ${list}`, {
    remedy: "Use the class that made them, with the same base classes, or start anew: unpin(), load() and pin()",
  });
}

function noVariables(map: Descriptor, operation: string): EbpfError {
  const { type, keySize, valueSize, maxEntries } = mapInfo(map);
  const kind = `a ${
    MapType[type] ?? type
  } map of ${maxEntries} entries with keys of ${keySize} and values of ${valueSize}`;
  const what = `${map.what} is no map of variables that this library made, but ${kind} bytes`;
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot ${operation}: ${what}`);
}
