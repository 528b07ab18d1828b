/**
 * Loops over the elements of a map: `forEach`, and `for…of` over the map, its entries, keys or values. They become functions
 * that the kernel calls with each element (`loops/elements.ts`).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { makesTailCall, type Value } from "../ir.ts";
import type { MapShape } from "../unit.ts";
import type { Label } from "./builder.ts";
import { call as callOperand } from "./calls.ts";
import type { Context } from "./context.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { known, listOf, type Operand, UNDEFINED } from "./operand.ts";
import { type Loan, placeAt } from "./place.ts";
import { lowerRealLoop } from "./real_loops.ts";
import { readPlace } from "./views.ts";

type Which = Pick<MapCall, "map" | "address">;

/** One of the elements of a map, while it is gone over. */
export interface Iteration {
  readonly map: MapShape;
  /** Its key, as the text has it. */
  readonly key: Operand;
  /** The address of its value. */
  readonly value: Value;
  /** What stands for the entry: it ends when the entry is deleted. */
  readonly entry: Loan;
}

/** What `entries()`, `keys()` and `values()` give: something to loop over. */
export class Listing {
  /** The map. */
  readonly which: Which;
  readonly #part: "entries" | "keys" | "values";

  constructor(which: Which, part: "entries" | "keys" | "values") {
    this.which = which;
    this.#part = part;
  }

  /** What `for…of` binds. */
  of(value: Operand, key: Operand): Operand {
    if (this.#part === "keys") return key;
    return this.#part === "values" ? value : listOf([key, value]);
  }
}

/** Methods of the kinds whose elements the kernel goes over. */
export const ELEMENTS: MapMethods = {
  forEach(call) {
    const { context, owner, operands: [visit = UNDEFINED, thisOperand], span } = call;
    lowerElements(context, call, span, (value, key) => {
      callOperand(context, visit, [value, key, owner], span, thisOperand);
    });
    return UNDEFINED;
  },
  entries: (call) => known(new Listing(call, "entries")),
  keys: (call) => known(new Listing(call, "keys")),
  values: (call) => known(new Listing(call, "values")),
};

/**
 * Of maps whose entries come and go: what is stored meanwhile makes another turn, and what is deleted leaves room for it.
 * Where a sum would be too large after any number of turns, the loop ends with these.
 */
const TURNS_AN_ENTRY = 2n;

/** Does something with each element. `visit` may go to `leave`, which ends the loop; where it ends, the next turn begins. */
export function lowerElements(
  context: Context,
  { map, address }: Which,
  span: Span,
  visit: (value: Operand, key: Operand, leave: Label) => void,
): void {
  const { builder } = context;
  const isArray = map.kind === "array" || map.kind === "perCpuArray";
  const from = address ?? builder.emit({ kind: "mapReference", map: map.reference });
  const first = builder.fn.blocks.length;
  const entry = { name: map.reference.name };
  let value!: Value, key!: Value;
  lowerRealLoop(context, {
    span,
    parts: undefined,
    testsFirst: true,
    testsElement: true,
    turns: BigInt(map.maxEntries) * (isArray ? 1n : TURNS_AN_ENTRY),
    isOpenEnded: !isArray,
    test(yes, no) {
      value = builder.emit({ kind: "element", part: "value" }, [from]);
      key = builder.emit({ kind: "element", part: "key" }, [from]);
      builder.branch("ne", value, builder.constant(0n), yes, no);
    },
    turn(leave) {
      const loans = [{ map: map.reference, since: builder.tick() }];
      const valuePlace = { ...placeAt(map.foundType!, "map", value, 0, 8), loans, isOwn: map.isPerCpu };
      const keyPlace = { ...placeAt(map.keyType!, "map", key, 0, isArray ? 4 : 8), loans, isKey: true };
      const keyOperand = readPlace(context, keyPlace, span);
      const { iterations } = context;
      iterations.push({ map, key: keyOperand, value, entry: { map: entry, since: builder.tick() } });
      visit(readPlace(context, valuePlace, span), keyOperand, leave);
      iterations.pop();
    },
  });
  for (const block of builder.fn.blocks.slice(first)) {
    if (!makesTailCall(block)) continue;
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot go on with another program while going over ${map.reference.name}: the kernel would come back here`,
      "Keep what was found in a variable, and make the tail call after the loop",
    );
  }
}
