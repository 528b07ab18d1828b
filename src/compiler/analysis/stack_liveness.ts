/**
 * Which bytes of a function's own stack slots are still going to be read.
 *
 * @module
 */

import { type Block, type IrFunction, reversePostorder, successors } from "../ir.ts";
import { type Access, isAccess, type Memory, splitAddress } from "./memory.ts";

/** Finds the private bytes that are read after each block; names of bytes are bits. */
export class StackLiveness {
  readonly #memory: Memory;
  readonly #bits = new Map<string, bigint>();
  /** The bits of accesses, by id. */
  readonly #known: (bigint | undefined)[];
  readonly #after = new Map<Block, bigint>();
  /** Cells that are also accessed at offsets known at run time only: one bit stands for all of their bytes. */
  readonly #whole = new Set<number>();

  constructor(fn: IrFunction, memory: Memory) {
    this.#memory = memory;
    this.#known = new Array<bigint | undefined>(fn.nextId);
    const blocks = reversePostorder(fn).reverse();
    let hasPrivate = false;
    for (const { instructions } of blocks) {
      for (const value of instructions) {
        if (!isAccess(value) || !this.isPrivate(value)) continue;
        hasPrivate = true;
        if (splitAddress(value.inputs[0]).base.operation.kind !== "stackSlot") this.#whole.add(memory.cellOf(value));
      }
    }
    if (!hasPrivate) return;
    const before = new Map<Block, bigint>(blocks.map((block) => [block, 0n]));
    for (let changed = true; changed;) {
      changed = false;
      for (const block of blocks) {
        const after = successors(block).reduce((live, edge) => live | before.get(edge.block)!, 0n);
        this.#after.set(block, after);
        const now = block.instructions.reduceRight(
          (live, value) => isAccess(value) ? this.through(value, live) : live,
          after,
        );
        if (now === before.get(block)) continue;
        before.set(block, now);
        changed = true;
      }
    }
  }

  /** Whether the access is to memory that nobody else can touch. */
  isPrivate(access: Access): boolean {
    return this.#memory.isPrivate(this.#memory.cellOf(access));
  }

  /** The bytes that are read after a block. */
  after(block: Block): bigint {
    return this.#after.get(block) ?? 0n;
  }

  /** What is read before an access, if `live` is after it. */
  through(access: Access, live: bigint): bigint {
    if (!this.isPrivate(access)) return live;
    const bits = this.bitsOf(access);
    if (access.operation.kind !== "store") return live | bits;
    return this.#whole.has(this.#memory.cellOf(access)) ? live : live & ~bits;
  }

  /** The bytes that an access touches. */
  bitsOf(access: Access): bigint {
    return this.#known[access.id] ??= this.#findBits(access);
  }

  #findBits(access: Access): bigint {
    const cell = this.#memory.cellOf(access);
    if (this.#whole.has(cell)) return this.#bit(`${cell}`);
    const { operation, inputs: [address] } = access;
    const { base, distance } = splitAddress(address);
    let bits = 0n;
    for (let i = 0; i < operation.size; i++) bits |= this.#bit(`${base.id} ${distance + operation.offset + i}`);
    return bits;
  }

  #bit(name: string): bigint {
    let bit = this.#bits.get(name);
    if (bit === undefined) this.#bits.set(name, bit = 1n << BigInt(this.#bits.size));
    return bit;
  }
}
