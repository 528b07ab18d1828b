/**
 * Which bytes of a function's own memory are still going to be read: of stack slots, and of records reserved in ring buffers,
 * which nobody sees before they are submitted.
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import { type Block, type IrFunction, successors, type Value } from "../ir.ts";
import { type Access, isAccess, type Memory, splitAddress } from "./memory.ts";

const DISCARD = helperId("ringbuf_discard");

/** Finds the own bytes that are read after each block; names of bytes are bits. */
export class OwnBytes {
  readonly #memory: Memory;
  readonly #bits = new Map<string, bigint>();
  /** The bits of accesses, by id. */
  readonly #known: (bigint | undefined)[];
  /** All that is accessed of a slot or a record. */
  readonly #ofOwner = new Map<Value, bigint>();
  readonly #before = new Map<Block, bigint>();
  /** Cells that are also accessed at offsets known at run time only: one bit stands for all of their bytes. */
  readonly #whole = new Set<number>();

  constructor(fn: IrFunction, memory: Memory) {
    this.#memory = memory;
    this.#known = new Array<bigint | undefined>(fn.nextId);
    const blocks = fn.blocks.toReversed();
    const accesses = blocks.flatMap(({ instructions }) => instructions.filter(isAccess)).filter(this.isOwn, this);
    if (accesses.length === 0) return;
    for (const access of accesses) {
      const isKnown = splitAddress(access.inputs[0]).base === memory.ownerOf(access.inputs[0]);
      if (!isKnown) this.#whole.add(memory.cellOf(access));
    }
    for (const access of accesses) {
      const owner = memory.ownerOf(access.inputs[0])!;
      this.#ofOwner.set(owner, (this.#ofOwner.get(owner) ?? 0n) | this.bitsOf(access));
    }
    for (let changed = true; changed;) {
      changed = false;
      for (const block of blocks) {
        const now = block.instructions.reduceRight((live, value) => this.through(value, live), this.after(block));
        if (now === this.#before.get(block)) continue;
        this.#before.set(block, now);
        changed = true;
      }
    }
  }

  /** Whether the access is to the function's own memory. */
  isOwn(access: Access): boolean {
    return this.#memory.ownerOf(access.inputs[0]) !== undefined;
  }

  /** Whether it is known which bytes the access touches: its bits are those, and no others. */
  isExact(access: Access): boolean {
    return !this.#whole.has(this.#memory.cellOf(access));
  }

  /** The bytes that are read from a block's beginning on, before they are written. */
  before(block: Block): bigint {
    return this.#before.get(block) ?? 0n;
  }

  /** The bytes that are read after a block. */
  after(block: Block): bigint {
    return successors(block).reduce((live, edge) => live | this.before(edge.block), 0n);
  }

  /** What is read before an instruction, if `live` is after it. */
  through(value: Value, live: bigint): bigint {
    if (value.operation.kind === "call") {
      const given = this.given(value);
      return value.operation.callee === DISCARD ? live & ~given : live | given;
    }
    if (!isAccess(value) || !this.isOwn(value)) return live;
    const bits = this.bitsOf(value);
    if (value.operation.kind !== "store") return live | bits;
    return this.#whole.has(this.#memory.cellOf(value)) ? live : live & ~bits;
  }

  /** The bytes that a call is given the address of. */
  given({ inputs }: Value): bigint {
    return inputs.reduce((bits, input) => {
      const owner = this.#memory.ownerOf(input);
      return owner ? bits | (this.#ofOwner.get(owner) ?? 0n) : bits;
    }, 0n);
  }

  /** The bytes that an access touches. */
  bitsOf(access: Access): bigint {
    return this.#known[access.id] ??= this.#findBits(access);
  }

  #findBits(access: Access): bigint {
    const cell = this.#memory.cellOf(access);
    if (this.#whole.has(cell)) return this.#bit(`${cell}`);
    const { operation, inputs } = access;
    const { base, distance } = splitAddress(inputs[0]);
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
