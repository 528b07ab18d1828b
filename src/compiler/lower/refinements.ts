/**
 * What tests on the way have shown about values: a map by the values' numbers of which a second path gets its own copy at no
 * cost. It is a tree that branches by four bits of the number; what changes is copied, the rest is shared, so that paths that
 * meet need to be compared only where they differ.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { type Range, union } from "../range.ts";

/** What is known of a value besides its own range. */
export interface Refinement {
  readonly range: Range;
  readonly nonZero: boolean;
}

/** Sixteen branches, or at the lowest level sixteen refinements. */
type Node = readonly (Node | Refinement | undefined)[];

const BITS = 4;
const MASK = 15;

/** Refinements by value. */
export class Refinements {
  #root: Node = [];
  /** Bits of a number that the root leaves to its branches. */
  #shift = 0;

  get({ id }: Value): Refinement | undefined {
    if (id >> this.#shift > MASK) return undefined;
    let node: Node | undefined = this.#root;
    for (let shift = this.#shift; shift > 0 && node; shift -= BITS) node = node[id >> shift & MASK] as Node | undefined;
    return node?.[id & MASK] as Refinement | undefined;
  }

  set({ id }: Value, refinement: Refinement): void {
    while (id >> this.#shift > MASK) {
      this.#root = [this.#root];
      this.#shift += BITS;
    }
    this.#root = changed(this.#root, this.#shift, id, refinement);
  }

  /** A copy for a second path. */
  fork(): Refinements {
    const copy = new Refinements();
    copy.#root = this.#root;
    copy.#shift = this.#shift;
    return copy;
  }

  /** Forgets what has larger numbers than there is room for under a smaller root. */
  #lower(shift: number): void {
    for (; this.#shift > shift; this.#shift -= BITS) this.#root = this.#root[0] as Node | undefined ?? [];
  }

  /** What holds on all of some paths. */
  static common([first, ...others]: readonly Refinements[]): Refinements {
    const result = first.fork();
    for (const one of others) {
      const other = one.fork();
      result.#lower(other.#shift);
      other.#lower(result.#shift);
      result.#root = shared(result.#root, other.#root, result.#shift) ?? [];
    }
    return result;
  }
}

function changed(node: Node, shift: number, id: number, refinement: Refinement): Node {
  const copy = node.slice();
  const at = id >> shift & MASK;
  copy[at] = shift === 0 ? refinement : changed(copy[at] as Node | undefined ?? [], shift - BITS, id, refinement);
  return copy;
}

/** What two nodes have in common; `undefined` if nothing. */
function shared(a: Node, b: Node, shift: number): Node | undefined {
  if (a === b) return a;
  let result: (Node | Refinement | undefined)[] | undefined;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [left, right] = [a[i], b[i]];
    if (!left || !right) continue;
    const both = shift === 0
      ? weaker(left as Refinement, right as Refinement)
      : shared(left as Node, right as Node, shift - BITS);
    if (both) (result ??= [])[i] = both;
  }
  return result;
}

function weaker(a: Refinement, b: Refinement): Refinement {
  return a === b ? a : { range: union(a.range, b.range), nonZero: a.nonZero && b.nonZero };
}
