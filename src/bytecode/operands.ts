/**
 * The types of the assembler's operands: what fits together, and what does not.
 *
 * @module
 */

import type { Instruction, MapReference, Register as RegisterNumber } from "./instruction.ts";
import type { AluOperation, AtomicOperation, Comparison, Width } from "./operation.ts";

/** A place in a program: stands in the list where it is, and in jumps and calls that go there. */
export interface Label {
  /** Tells it from instructions. */
  readonly kind: "label";
  /** Its name in the disassembly. */
  readonly name: string;
}

/** An instruction that goes to a label. */
export interface Reference {
  /** Tells it from instructions. */
  readonly kind: "reference";
  /** Where to. */
  readonly label: Label;
  /** The label is a function. */
  readonly calls: boolean;
  /** The instruction, once the distance in slots is known. */
  make(distance: number): Instruction;
}

/** What a program is made of; lists may be nested. */
export type Item = Instruction | Label | Reference | readonly Item[];

/** What a conditional jump tests. */
export interface Condition {
  /** Tells it from other operands. */
  readonly kind: "condition";
  /** The jump. */
  make(distance: number): Instruction;
}

/** `r1.add(5)`, `r1.add(r2)`, …: arithmetic by the kernel's names; numbers are 32 bits, sign-extended. */
export type Arithmetic<Same> = { readonly [Name in Exclude<AluOperation, "mov">]: (operand: Same | number) => Item };
/** `r1.eq(5)`, `r1.sgt(r2)`, …: conditions for {@linkcode jump}; `set` is "has a bit in common". */
export type Comparisons<Same> = { readonly [Name in Comparison]: (operand: Same | number) => Condition };

/** What all registers have. */
export interface AnyRegister<Bits extends Width> {
  /** Tells it from other operands. */
  readonly kind: "register";
  /** 64 for `r`, 32 for `w`. */
  readonly width: Bits;
  /** 0–10. */
  readonly number: RegisterNumber;
}

/** r10: the end of the stack frame, which cannot be written. */
export interface FramePointer extends AnyRegister<64>, Comparisons<Register64 | FramePointer> {}

/** A register's low half; writing it clears the high half. */
export interface Register32 extends AnyRegister<32>, Arithmetic<Register32>, Comparisons<Register32> {
  /** `w1 = operand`. */
  mov(operand: Register32 | number): Item;
  /** `w1 = (s8) w2`: cpu v4. */
  movsx(bits: 8 | 16, from: Register32): Item;
  /** `w1 = -w1`. */
  neg(): Item;
  /** `w1 = *(u32 *)(base + offset)`. */
  load(from: Place<8 | 16 | 32, false>): Item;
}

/** A whole register. */
export interface Register64
  extends AnyRegister<64>, Arithmetic<Register64 | FramePointer>, Comparisons<Register64 | FramePointer> {
  /** `r1 = operand`; constants of more than 32 bits take two slots. */
  mov(operand: Register64 | FramePointer | number | bigint): Item;
  /** `r1 = (s8) r2`: cpu v4. */
  movsx(bits: 8 | 16 | 32, from: Register64): Item;
  /** `r1 = -r1`. */
  neg(): Item;
  /** Between the machine's and little-endian order; what is above becomes zero. */
  htole(bits: 16 | 32 | 64): Item;
  /** Between the machine's and big-endian (network) order. */
  htobe(bits: 16 | 32 | 64): Item;
  /** Swaps bytes: cpu v4. */
  bswap(bits: 16 | 32 | 64): Item;
  /** `r1 = *(u32 *)(base + offset)`; sign-extending from a signed place (cpu v4). */
  load(from: Place<8 | 16 | 32 | 64, boolean>): Item;
  /** `r1 = load_acquire(…)`. */
  loadAcquire(from: Place<8 | 16 | 32 | 64, false>): Item;
  /** `r1 = map`, for helpers; a number is a descriptor. */
  map(map: MapReference | number): Item;
  /** `r1 = address of the map's value + offset`. */
  mapValue(map: MapReference | number, offset?: number): Item;
  /** `r1 = address of a function`, for `bpf_loop` and its like. */
  function(label: Label): Item;
}

/** Memory at `[base + offset]`. */
export interface Place<Bits extends number, Signed extends boolean> {
  /** Tells it from other operands. */
  readonly kind: "place";
  /** Of the value there. */
  readonly bits: Bits;
  /** Loads extend the sign. */
  readonly signed: Signed;
  /** The register that has the address. */
  readonly base: Register64 | FramePointer;
  /** Signed 16 bits. */
  readonly offset: number;
}

/** Memory that can be stored to. */
export interface WritablePlace<Bits extends number, Value> extends Place<Bits, false> {
  /** `*(base + offset) = value`. */
  store(value: Value | number): Item;
  /** `store_release(…)`. */
  storeRelease(value: Value): Item;
}

/** Memory with atomic operations; those that fetch leave the old value in the operand, `cmpxchg` in r0. */
export type AtomicPlace<Bits extends number, Value> =
  & WritablePlace<Bits, Value>
  & { readonly [Name in Exclude<AtomicOperation, "loadAcquire" | "storeRelease">]: (operand: Value) => Item };

/** Makes a memory operand from a base register and an offset. */
export type At<P> = (base: Register64 | FramePointer, offset?: number) => P;
