/**
 * The assembler's registers and memory operands. Their methods are made from the opcode table.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import {
  alu,
  atomic,
  branch,
  functionAddress,
  inRegister,
  lddw,
  load,
  mapDescriptor,
  mapValue,
  moveSignExtend,
  negate,
  type Operand,
  store,
  storeImmediate,
  swapBytes,
} from "./construct.ts";
import type { MapReference, Register as RegisterNumber } from "./instruction.ts";
import { operationsOf, type Size, type Swap, type Width } from "./opcodes.ts";
import type {
  At,
  AtomicPlace,
  Condition,
  FramePointer,
  Item,
  Label,
  Place,
  Reference,
  Register32,
  Register64,
  WritablePlace,
} from "./operands.ts";

type Any64 = Register64 | FramePointer;
type Any = Any64 | Register32;

function refuse(what: string, why: string): never {
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make instruction ${what}: ${why}`);
}

/** A register of the right width, or a number. */
function operandOf(what: string, width: Width, value: unknown): Operand {
  if (typeof value === "number") return { immediate: value };
  const register = value as Any | undefined;
  if (register?.kind !== "register" || register.width !== width) {
    refuse(what, `its operand must be a number or a ${width}-bit register`);
  }
  return inRegister[register.number];
}

function registerOf(what: string, value: unknown, width?: Width): RegisterNumber {
  const register = value as Any | undefined;
  if (register?.kind !== "register" || (width && register.width !== width)) {
    refuse(what, `its operand must be a ${width ?? "32- or 64"}-bit register`);
  }
  return register.number;
}

/** `r1 = constant`, in one slot where 32 sign-extended bits are enough. */
function constant(dst: RegisterNumber, value: number | bigint): Item {
  if (BigInt.asIntN(32, BigInt(value)) !== BigInt(value)) return lddw(dst, BigInt(value));
  return alu("mov", 64, dst, { immediate: Number(value) });
}

const aluNames = new Set(operationsOf("alu").map((row) => row.operation));
const comparisonNames = new Set(operationsOf("branch").map((row) => row.comparison));
const atomicNames = new Set(operationsOf("atomic").filter((row) => row.size === 8).map((row) => row.operation));

function comparing(width: Width, number: RegisterNumber): Record<string, unknown> {
  return Object.fromEntries([...comparisonNames].map((name) => [name, (operand: unknown): Condition => {
    const right = operandOf(`j${name}${width}`, width, operand);
    return { kind: "condition", make: (distance) => branch(name, width, number, right, distance) };
  }]));
}

function loading(width: Width, number: RegisterNumber, place: Place<number, boolean>): Item {
  if (place?.kind !== "place") refuse("ldx", "its operand must be memory");
  if (width === 32 && (place.bits === 64 || place.signed)) refuse("ldx", "this memory needs a 64-bit register");
  return load(place.bits / 8 as Size, number, place.base.number, place.offset, place.signed);
}

function computing(width: Width, number: RegisterNumber): Record<string, unknown> {
  const methods = Object.fromEntries([...aluNames].map((name) => [
    name,
    (operand: unknown) => alu(name, width, number, operandOf(`${name}${width}`, width, operand)),
  ]));
  return {
    ...methods,
    movsx: (bits: 8 | 16 | 32, from: Any) => moveSignExtend(width, bits, number, registerOf("movsx", from, width)),
    neg: () => negate(width, number),
    load: (place: Place<number, boolean>) => loading(width, number, place),
  };
}

function whole(number: RegisterNumber): Record<string, unknown> {
  const swap = (name: Swap) => (bits: 16 | 32 | 64) => swapBytes(name, bits, number);
  return {
    mov: (value: Any64 | number | bigint) =>
      typeof value === "number" || typeof value === "bigint"
        ? constant(number, value)
        : alu("mov", 64, number, operandOf("mov64", 64, value)),
    htole: swap("le"),
    htobe: swap("be"),
    bswap: swap("bswap"),
    loadAcquire: (from: Place<number, false>) =>
      atomic("loadAcquire", from.bits / 8 as Size, number, from.offset, from.base.number),
    map: (map: MapReference | number) => mapDescriptor(number, map),
    mapValue: (map: MapReference | number, offset = 0) => mapValue(number, map, offset),
    function: (label: Label): Reference => ({
      kind: "reference",
      label,
      calls: true,
      make: (distance) => functionAddress(number, distance),
    }),
  };
}

function register<R>(width: Width, number: RegisterNumber): R {
  return Object.freeze({
    kind: "register",
    width,
    number,
    ...comparing(width, number),
    ...(number === 10 ? {} : computing(width, number)),
    ...(number === 10 || width === 32 ? {} : whole(number)),
  }) as R;
}

/** Result of calls and of the program. */
export const r0: Register64 = register(64, 0);
/** First argument; the context at the start. */
export const r1: Register64 = register(64, 1);
/** Second argument. */
export const r2: Register64 = register(64, 2);
/** Third argument. */
export const r3: Register64 = register(64, 3);
/** Fourth argument. */
export const r4: Register64 = register(64, 4);
/** Fifth argument. */
export const r5: Register64 = register(64, 5);
/** Kept across calls. */
export const r6: Register64 = register(64, 6);
/** Kept across calls. */
export const r7: Register64 = register(64, 7);
/** Kept across calls. */
export const r8: Register64 = register(64, 8);
/** Kept across calls. */
export const r9: Register64 = register(64, 9);
/** The end of the 512-byte stack frame. */
export const r10: FramePointer = register(64, 10);
/** Low half of r0. */
export const w0: Register32 = register(32, 0);
/** Low half of r1. */
export const w1: Register32 = register(32, 1);
/** Low half of r2. */
export const w2: Register32 = register(32, 2);
/** Low half of r3. */
export const w3: Register32 = register(32, 3);
/** Low half of r4. */
export const w4: Register32 = register(32, 4);
/** Low half of r5. */
export const w5: Register32 = register(32, 5);
/** Low half of r6. */
export const w6: Register32 = register(32, 6);
/** Low half of r7. */
export const w7: Register32 = register(32, 7);
/** Low half of r8. */
export const w8: Register32 = register(32, 8);
/** Low half of r9. */
export const w9: Register32 = register(32, 9);

function place<P>(bits: 8 | 16 | 32 | 64, signed: boolean): At<P> {
  const size = bits / 8 as Size;
  const width = bits === 64 ? 64 : undefined;
  return (base, offset = 0) => {
    const address = registerOf("memory access", base, 64);
    const writing: Record<string, unknown> = signed ? {} : {
      store: (value: Any | number) =>
        typeof value === "number"
          ? storeImmediate(size, address, offset, value)
          : store(size, address, offset, registerOf("stx", value, width)),
    };
    for (const name of signed ? [] : atomicNames) {
      if (name === "loadAcquire" || (bits < 32 && name !== "storeRelease")) continue;
      writing[name] = (value: Any) => atomic(name, size, address, offset, registerOf(`atomic ${name}`, value, width));
    }
    return Object.freeze({ kind: "place", bits, signed, base, offset, ...writing }) as P;
  };
}

/** Memory operands: `memory.u32(r1, 4)` is the 32 bits at `[r1 + 4]`. */
export const memory: {
  /** An unsigned byte. */
  readonly u8: At<WritablePlace<8, Register32 | Register64>>;
  /** Two bytes, in the machine's order. */
  readonly u16: At<WritablePlace<16, Register32 | Register64>>;
  /** Four bytes. */
  readonly u32: At<AtomicPlace<32, Register32 | Register64>>;
  /** Eight bytes. */
  readonly u64: At<AtomicPlace<64, Register64 | FramePointer>>;
  /** A signed byte, for loads. */
  readonly s8: At<Place<8, true>>;
  /** Two bytes with sign, for loads. */
  readonly s16: At<Place<16, true>>;
  /** Four bytes with sign, for loads. */
  readonly s32: At<Place<32, true>>;
} = {
  u8: place(8, false),
  u16: place(16, false),
  u32: place(32, false),
  u64: place(64, false),
  s8: place(8, true),
  s16: place(16, true),
  s32: place(32, true),
};
