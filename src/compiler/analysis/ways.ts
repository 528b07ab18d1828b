/**
 * The ways into each block.
 *
 * @module
 */

import { type Block, type Edge, type IrFunction, successors } from "../ir.ts";
import type { NaturalLoop } from "./loops.ts";

/** An edge, and the block that it leaves. */
export interface Way {
  readonly from: Block;
  readonly edge: Edge;
}

/** The ways into all blocks of a function; who makes blocks notes theirs. */
export class Ways {
  readonly #into = new Map<Block, Way[]>();

  constructor(fn: IrFunction) {
    for (const block of fn.blocks) this.note(block);
  }

  /** Adds the ways out of a block. */
  note(from: Block): void {
    for (const edge of successors(from)) {
      const known = this.#into.get(edge.block);
      if (known) known.push({ from, edge });
      else this.#into.set(edge.block, [{ from, edge }]);
    }
  }

  into(block: Block): readonly Way[] {
    return this.#into.get(block) ?? [];
  }

  /** The edges to a loop's first block, from outside and from inside. */
  toLoop({ head, blocks }: NaturalLoop): { readonly entering: readonly Edge[]; readonly back: readonly Edge[] } {
    // What was sent elsewhere since does not come here any more.
    const ways = this.into(head).filter(({ edge }) => edge.block === head);
    const edges = (isBack: boolean) => ways.filter(({ from }) => blocks.has(from) === isBack).map(({ edge }) => edge);
    return { entering: edges(false), back: edges(true) };
  }
}
