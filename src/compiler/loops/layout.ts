/**
 * Where each value that crosses a loop's border is kept.
 *
 * @module
 */

import { pointersOf } from "../analysis/pointers.ts";
import type { Value } from "../ir.ts";
import { U32 } from "../range.ts";
import type { Border, Exit } from "./border.ts";
import { decidingValues } from "./deciding.ts";
import type { Elements } from "./elements.ts";
import { Environment, type Place } from "./environment.ts";
import type { Host } from "./host.ts";
import { type Proven, provenInside } from "./proven.ts";

/** A way out, with its number and the places of the values that its block takes. */
export interface Leaving extends Exit {
  readonly code: bigint;
  readonly arguments: readonly Place[];
  /** What has to be shown to the verifier anew. */
  readonly proven: readonly Proven[];
}

export interface Layout extends Border {
  readonly exits: readonly Leaving[];
  /** Bytes of the struct. */
  readonly size: number;
  readonly pointers: ReadonlySet<Value>;
  /** The places of the first block's parameters. */
  readonly carried: readonly Place[];
  /** Values that are made anew in the callback. */
  readonly rebuilt: readonly Value[];
  /** Values that the callback loads from the struct that the host itself was given. */
  readonly inherited: readonly Value[];
  readonly captured: ReadonlyMap<Value, Place>;
  readonly kept: ReadonlyMap<Value, Place>;
  /** Where the number of the way out is; `undefined` if there is but one. */
  readonly code: Place | undefined;
  /** Of a loop over the elements of a map. */
  readonly elements: Elements | undefined;
  /** Whether code behind the loop relies on a pointer from inside: then no way out may be taken for another. */
  readonly isStrict: boolean;
}

/** `numbered`: the way out must be told even if there is but one. */
export function layOut(host: Host, border: Border, elements: Elements | undefined, numbered: boolean): Layout {
  const { loop: { head }, inputs, results } = border;
  const environment = new Environment();
  const pointers = pointersOf(host.fn, host.pointers);
  const deciding = decidingValues(host.fn);
  const isFollowed = (value: Value) => deciding[value.id] === 1 && !pointers.has(value);
  const placeOf = (value: Value) => isFollowed(value) ? environment.changing(value) : environment.whole(value);
  const carried = head.parameters.map(placeOf);
  const rebuilt = inputs.filter(isRebuilt);
  const inherited = inputs.filter((value) => host.inherited.has(value));
  const rest = inputs.filter((value) => !rebuilt.includes(value) && !inherited.includes(value));
  if (inherited.length > 0) rest.push(host.struct!);
  const captured = new Map(rest.map((value) => [value, environment.whole(value)]));
  const kept = new Map(results.map((value) => [value, carried[head.parameters.indexOf(value)] ?? placeOf(value)]));
  const proven = provenInside(host.fn, border, pointers);
  const exits = border.exits.map((exit, i) => ({
    ...exit,
    code: BigInt(i + 1),
    arguments: exit.to.parameters.map(placeOf),
    proven: proven.get(exit)!,
  }));
  const isStrict = [...results, ...exits.flatMap(({ to }) => to.parameters)].some((value) => pointers.has(value));
  // A loop over elements may also end without having been left.
  const isNumbered = numbered || isStrict || exits.length > (elements ? 0 : 1);
  const code = isNumbered
    ? isStrict ? environment.whole({ range: U32 }) : environment.changing({ range: U32 })
    : undefined;
  const { size } = environment;
  return { ...border, exits, size, pointers, carried, rebuilt, inherited, captured, kept, code, elements, isStrict };
}

function isRebuilt({ operation: { kind } }: Value): boolean {
  return kind === "constant" || kind === "mapValue" || kind === "mapReference" || kind === "functionAddress";
}
