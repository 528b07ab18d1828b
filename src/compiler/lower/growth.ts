/**
 * What one turn of a loop makes of a local: adds something to it, or gives it a value that it has from elsewhere. So sums
 * are told from counts that begin anew, which is what turns × growth needs to know (rule 8).
 *
 * @module
 */

import { type Block, type Edge, type IrFunction, successors, type Value } from "../ir.ts";
import { add, negate, type Range, union } from "../range.ts";
import type { Builder } from "./builder.ts";

/** What a value is, seen from another one: at least one of the two. */
export interface Growth {
  /** What is added to it, on the ways that add. */
  readonly by?: Range;
  /** What it is on all other ways. */
  readonly to?: Range;
}

/** No growth. */
export const NOTHING: Range = { min: 0n, max: 0n };
const ANYTHING: Range = { min: -(2n ** 64n), max: 2n ** 64n };

/** What a value is, seen from the parameter of a loop's head that it was computed from; loops inside are done already. */
export function growthOf({ fn, summands }: Builder, parameter: Value, value: Value): Growth {
  return new Growths(fn, summands).between(parameter, value);
}

/** The largest steps up and down that so many times this growth can come to: none at least. */
export function times({ min, max }: Range, turns: bigint): Range {
  return { min: min < 0n ? turns * min : 0n, max: max > 0n ? turns * max : 0n };
}

class Growths {
  readonly #blocks = new Map<Value, Block>();
  readonly #order = new Map<Block, number>();
  readonly #entering = new Map<Block, { readonly from: Block; readonly edge: Edge }[]>();
  readonly #summands: Builder["summands"];

  constructor({ blocks }: IrFunction, summands: Builder["summands"]) {
    this.#summands = summands;
    blocks.forEach((block, i) => {
      this.#order.set(block, i);
      for (const parameter of block.parameters) this.#blocks.set(parameter, block);
      for (const edge of block.terminator ? successors(block) : []) {
        const list = this.#entering.get(edge.block);
        if (list) list.push({ from: block, edge });
        else this.#entering.set(edge.block, [{ from: block, edge }]);
      }
    });
  }

  between(parameter: Value, value: Value): Growth {
    return this.#of(value, new Map([[parameter, { by: NOTHING }]]));
  }

  #of(value: Value, known: Map<Value, Growth>): Growth {
    let growth = known.get(value);
    if (!growth) known.set(value, growth = this.#computed(value, known));
    return growth;
  }

  #computed(value: Value, known: Map<Value, Growth>): Growth {
    const { operation, inputs: [left, right], range = ANYTHING } = value;
    if (operation.kind === "parameter") return this.#joined(value, known);
    const summands = this.#summands.get(value);
    if (!summands || operation.kind !== "binary") return { to: range };
    const [ofLeft, ofRight] = summands;
    const growth = this.#of(left, known);
    if (operation.operator === "sub") return growth.by ? plus(growth, negate(ofRight), range) : { to: range };
    if (growth.by) return plus(growth, ofRight, range);
    const other = this.#of(right, known);
    return other.by ? plus(other, ofLeft, range) : { to: range };
  }

  /** Where ways meet: all of them; at the head of a loop, also what its turns add. */
  #joined(parameter: Value, known: Map<Value, Growth>): Growth {
    const block = this.#blocks.get(parameter);
    const entering = block && this.#entering.get(block);
    if (!entering) return { to: parameter.range ?? ANYTHING };
    const at = block.parameters.indexOf(parameter);
    const isBack = (from: Block) => this.#order.get(from)! >= this.#order.get(block)!;
    const brought = (back: boolean) =>
      entering.filter(({ from }) => isBack(from) === back).map(({ edge }) => edge.arguments[at]);
    const before = brought(false).map((value) => this.#of(value, known)).reduce(either);
    const turned = brought(true);
    if (turned.length === 0) return before;
    const turn = turned.map((value) => this.between(parameter, value)).reduce(either);
    const turns = block.loop?.turns;
    if (turns === undefined) return { to: parameter.range ?? ANYTHING };
    const added = times(turn.by ?? NOTHING, turns);
    const begun = either(before, { to: turn.to });
    return { by: begun.by && add(begun.by, added), to: begun.to && add(begun.to, added) };
  }
}

/** What is added to; `whole`: what the sum is, whatever it was added to, if that is known. */
function plus({ by, to }: Growth, added: Range, whole: Range): Growth {
  return { by: by && add(by, added), to: to && whole };
}

function either(a: Growth, b: Growth): Growth {
  return { by: hull(a.by, b.by), to: hull(a.to, b.to) };
}

function hull(a: Range | undefined, b: Range | undefined): Range | undefined {
  return a && b ? union(a, b) : a ?? b;
}
