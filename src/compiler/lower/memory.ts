/**
 * Reading and writing variables: the map's value, the packet, and the locals of one run.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyScalar, AnyType } from "../../types/scalar.ts";
import type { AtomicOperator, Region, Value } from "../ir.ts";
import { BIT, contains, exactly, ofInteger } from "../range.ts";
import type { Variable } from "../unit.ts";
import { truncatedQuotient } from "./arithmetic.ts";
import { describe } from "./builder.ts";
import type { Context } from "./context.ts";
import { type Binding, known, type Operand, type Word, type WordType } from "./operand.ts";

/** Bytes of a packet that a pointer may be moved by (MAX_PACKET_OFF, kernel/bpf/verifier.c). */
export const MAX_PACKET_OFFSET = 0xffff;

/** A scalar in memory, ready to be read or written. */
interface Place {
  readonly type: AnyScalar;
  readonly address: Value;
  readonly offset: number;
  readonly region: Region;
}

export function readVariable(context: Context, variable: Variable, owner: object, name: string, span: Span): Operand {
  if (variable.kind === "local") return readLocalVariable(context, variable, owner, name, span);
  return load(context, place(context, variable, span));
}

/** Stores as a DataView setter does: the low bits of what the operand is. */
export function writeVariable(
  context: Context,
  variable: Variable,
  owner: object,
  name: string,
  operand: Operand,
  span: Span,
): void {
  const type = scalar(context, variable.type, span);
  if (variable.kind === "local") {
    const word = wrapped(context, type, converted(context, type, operand, span));
    if (context.builder.reachable) {
      context.builder.state.locals.set(localBinding(context, owner, name, variable.initial), word);
    }
    return;
  }
  const word = converted(context, type, operand, span);
  store(context, place(context, variable, span), word.value);
}

/** Whether `op=` on it can be one atomic instruction (rule 13). */
export function isAtomic(variable: Variable): boolean {
  if (variable.kind !== "global" || variable.type.kind !== "scalar") return false;
  const type = variable.type as AnyScalar;
  return type.endian !== "big" && type.value !== "boolean" && (type.size === 4 || type.size === 8) &&
    variable.offset % type.size === 0;
}

/** One atomic instruction on a variable; what was there before, if `fetch`. */
export function atomic(
  context: Context,
  variable: Variable,
  operator: AtomicOperator,
  operand: Word,
  fetch: boolean,
  span: Span,
): Word | undefined {
  const { type, address, offset, region } = place(context, variable, span);
  const before = context.builder.emit(
    { kind: "atomic", operator, size: type.size as 4 | 8, fetch, offset, region },
    [address, operand.value],
  );
  return fetch ? fromBits(context, type, before, true) : undefined;
}

/** The operand as the word to store into a variable of the type: same JavaScript type, constants in range (rule 12). */
export function converted(context: Context, type: AnyScalar, operand: Operand, span: Span): Word {
  const word = operand.kind === "quotient"
    ? truncatedQuotient(context, operand.dividend, operand.divisor, span)
    : context.toWord(operand, span);
  const expected: WordType = type.value === "fixed" ? "number" : type.value;
  if (word.type !== expected) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot store ${describe(operand)} in a variable of type ${type.name}, which holds a ${expected}`,
      CONVERSIONS[expected],
    );
  }
  if (operand.kind === "static" && expected !== "boolean") checkConstant(context, type, word, span);
  return word;
}

const CONVERSIONS: Readonly<Record<WordType, string>> = {
  number: "Convert it with Number()",
  bigint: "Convert it with BigInt(), or write a literal with n: 1n",
  boolean: "Compare it: `x !== 0`",
};

function checkConstant(context: Context, type: AnyScalar, { range }: Word, span: Span): void {
  const bits = BigInt(type.size * 8);
  const allowed = { min: -(1n << (bits - 1n)), max: (1n << bits) - 1n };
  if (contains(allowed, range)) return;
  context.fail(
    ErrorCode.OutOfRange,
    span,
    `Cannot store the constant ${range.min} in a variable of type ${type.name}`,
    `It must be from ${allowed.min} to ${allowed.max}; mask it if its low bits are meant`,
  );
}

/** The scalar at an address, as JavaScript sees it. */
export function load(context: Context, { type, address, offset, region }: Place): Word {
  const needsSwap = type.endian === "big" && type.size > 1;
  const signed = type.signed && !needsSwap;
  const range = ofInteger(type.size, signed);
  const raw = context.builder.emit({ kind: "load", size: type.size, signed, offset, region }, [address], range);
  if (!needsSwap) return fromBits(context, type, raw, false);
  const bits = (type.size * 8) as 16 | 32 | 64;
  return fromBits(context, type, context.builder.emit({ kind: "swap", bits }, [raw]), true);
}

/** Gives bits their meaning; `unsigned` says that the bits are zero-extended so far. */
function fromBits(context: Context, type: AnyScalar, bits: Value, unsigned: boolean): Word {
  if (type.value === "boolean") return context.word("boolean", bits, BIT);
  const range = ofInteger(type.size, type.signed);
  const needsSign = unsigned && type.signed && type.size < 8;
  const value = needsSign
    ? context.builder.emit({ kind: "extend", bits: (type.size * 8) as 8 | 16 | 32, signed: true }, [bits], range)
    : bits;
  return context.word(type.value === "bigint" ? "bigint" : "number", value, range);
}

export function store(context: Context, { type, address, offset, region }: Place, value: Value): void {
  const bits = (type.size * 8) as 16 | 32 | 64;
  const ordered = type.endian === "big" && type.size > 1
    ? context.builder.emit({ kind: "swap", bits }, [value])
    : value;
  context.builder.emit({ kind: "store", size: type.size, offset, region }, [address, ordered]);
}

function place(context: Context, variable: Variable, span: Span): Place {
  const type = scalar(context, variable.type, span);
  if (variable.kind === "global") {
    const address = context.builder.emit({ kind: "mapValue", map: variable.map, offset: variable.offset });
    return { type, address, offset: 0, region: "map" };
  }
  if (variable.kind !== "packet") throw new Error("a local has no place in memory");
  return packetPlace(context, type, variable.offset, span);
}

/** A scalar at a constant offset of the packet, after a check that it is there. */
export function packetPlace(context: Context, type: AnyScalar, offset: number, span: Span): Place {
  requireBytes(context, offset + type.size, span);
  return { type, address: context.packetStart, offset, region: "packet" };
}

/** Leaves the program with `defaultAction` unless the packet has so many bytes. */
export function requireBytes(context: Context, bytes: number, span: Span): void {
  const { builder } = context;
  if (builder.state.proven >= bytes) return;
  if (bytes > MAX_PACKET_OFFSET) {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot read the packet at byte ${bytes - 1}: the verifier follows ${MAX_PACKET_OFFSET} bytes`,
    );
  }
  const enough = builder.label();
  builder.branch("ugt", packetPointer(context, bytes), context.packetEnd, context.leave, enough);
  builder.place(enough);
  builder.state.proven = bytes;
}

/** packet start + a constant */
export function packetPointer(context: Context, bytes: number): Value {
  const distance = context.builder.constant(BigInt(bytes));
  return context.builder.emit({ kind: "binary", operator: "add", width: 64 }, [context.packetStart, distance]);
}

export function scalar(context: Context, type: AnyType, span: Span): AnyScalar {
  if (type.kind === "scalar" && (type as AnyScalar).value !== "fixed") return type as AnyScalar;
  return context.fail(ErrorCode.UnsupportedSyntax, span, "Cannot use a variable of this type as a value yet");
}

/** The binding that stands for a `@localVar` variable of an object. */
function localBinding({ locals }: Context, owner: object, name: string, initial?: unknown): Binding {
  let bindings = locals.get(owner);
  if (!bindings) locals.set(owner, bindings = new Map());
  let binding = bindings.get(name);
  if (!binding) bindings.set(name, binding = { name, constant: false, initial: known(initial) });
  return binding;
}

function readLocalVariable(
  context: Context,
  variable: Variable & { kind: "local" },
  owner: object,
  name: string,
  span: Span,
): Operand {
  scalar(context, variable.type, span);
  const binding = localBinding(context, owner, name, variable.initial);
  return context.builder.state.locals.get(binding) ?? binding.initial!;
}

/** The word as the variable would give it back: cut to its size. */
function wrapped(context: Context, type: AnyScalar, word: Word): Word {
  const range = ofInteger(type.size, type.signed);
  if (type.value === "boolean" || contains(range, word.range)) return word;
  if (word.range.min === word.range.max) {
    const cut = type.signed
      ? BigInt.asIntN(type.size * 8, word.range.min)
      : BigInt.asUintN(type.size * 8, word.range.min);
    return { ...context.constant(cut, word.type), range: exactly(cut) };
  }
  if (type.size === 8) return context.word(word.type, word.value, range);
  const bits = (type.size * 8) as 8 | 16 | 32;
  return context.word(
    word.type,
    context.builder.emit({ kind: "extend", bits, signed: type.signed }, [word.value]),
    range,
  );
}
