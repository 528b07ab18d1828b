/**
 * Functions that make instructions, one a class of operation: what the code generator and the assembler emit with.
 * The numbers come from the opcode table; operands are checked, so that nothing is cut off silently.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { once } from "../once.ts";
import { helperId } from "./helpers.ts";
import type { Instruction, MapReference, Register } from "./instruction.ts";
import {
  type AluOperation,
  type AtomicOperation,
  type Comparison,
  type Operation,
  operationsOf,
  type Size,
  type Swap,
  type Width,
} from "./opcodes.ts";

/** The second operand of arithmetic and comparisons. */
export type Operand = { readonly register: Register } | { readonly immediate: number };

/** An operand that is a register. One object a register, so that nothing is allocated. */
export const inRegister: readonly { readonly register: Register }[] = Object.freeze(
  Array.from({ length: 11 }, (_, index) => Object.freeze({ register: index as Register })),
);

/**
 * An operand that is a constant.
 *
 * @param value 32 bits, which 64-bit operations sign-extend.
 * @returns The operand.
 */
export function immediate(value: number): { readonly immediate: number } {
  return { immediate: value };
}

/** Rows by the parts that a constructor knows: one flat key, made once. */
function indexed<K extends Operation["kind"]>(kind: K, key: (row: Kind<K>) => string): Index {
  return once(() => new Map(operationsOf(kind).map((row) => [key(row), row])));
}

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;
type Index = () => ReadonlyMap<string, Operation>;
const aluRows = indexed("alu", (row) => `${row.operation}${row.width}${row.register}`);
const branchRows = indexed("branch", (row) => `${row.comparison}${row.width}${row.register}`);
const loadRows = indexed("load", (row) => `${row.size}${row.signed}`);
const storeRows = indexed("store", (row) => `${row.size}${row.register}`);
const atomicRows = indexed("atomic", (row) => `${row.operation}${row.size}`);
const swapRows = indexed("swap", (row) => `${row.operation}${row.bits}`);
const extendRows = indexed("signExtend", (row) => `${row.width}from${row.bits}`);
const packetRows = indexed("packet", (row) => `${row.size}${row.indirect}`);
const negateRows = indexed("negate", (row) => row.name);
const castRows = indexed("cast", (row) => row.name);
const constantRows = indexed("constant", (row) => row.name);
const jumpRows = indexed("jump", (row) => row.name);
const mayGotoRows = indexed("mayGoto", (row) => row.name);
const callRows = indexed("call", (row) => row.name);
const exitRows = indexed("exit", (row) => row.name);

interface Fields {
  readonly dst?: Register;
  readonly src?: number;
  readonly offset?: number;
  readonly immediate?: number;
}

function make(row: Operation | undefined, key: string, fields: Fields): Instruction {
  if (!row) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make instruction ${key}: there is no such operation`);
  }
  const { fixed } = row;
  const offset = fields.offset ?? fixed.offset ?? 0;
  if (offset !== offset << 16 >> 16) outOfRange(row, "offset", offset, 16);
  const immediate = fields.immediate ?? fixed.immediate ?? 0;
  if (immediate !== (immediate | 0)) outOfRange(row, "immediate", immediate, 32);
  return { opcode: row.opcode, dst: fields.dst ?? 0, src: fields.src ?? fixed.src ?? 0, offset, immediate };
}

function named(rows: Index, name: string, fields: Fields): Instruction {
  return make(rows().get(name), name, fields);
}

function outOfRange(row: Operation, field: string, value: number, bits: number): never {
  throw new EbpfError(
    ErrorCode.OutOfRange,
    `Cannot make instruction ${row.name}: ${field} ${value} does not fit ${bits} signed bits`,
  );
}

/** `dst op= operand`; `sdiv` and `smod` need cpu v4. */
export function alu(operation: AluOperation, width: Width, dst: Register, operand: Operand): Instruction {
  const register = "register" in operand;
  const key = `${operation}${width}${register}`;
  return make(
    aluRows().get(key),
    key,
    register ? { dst, src: operand.register } : { dst, immediate: operand.immediate },
  );
}

/** `dst = -dst`. */
export function negate(width: Width, dst: Register): Instruction {
  return named(negateRows, `neg${width}`, { dst });
}

/** `dst = (s8|s16|s32) src` (cpu v4). */
export function moveSignExtend(width: Width, bits: 8 | 16 | 32, dst: Register, src: Register): Instruction {
  const key = `${width}from${bits}`;
  return make(extendRows().get(key), key, { dst, src });
}

/** Byte order of the low `bits` of `dst`; the bits above become zero. `bswap` needs cpu v4. */
export function swapBytes(operation: Swap, bits: 16 | 32 | 64, dst: Register): Instruction {
  const key = `${operation}${bits}`;
  return make(swapRows().get(key), key, { dst });
}

/** `dst = addr_space_cast(src, to, from)`: arena pointers. */
export function castAddressSpace(dst: Register, src: Register, to: number, from: number): Instruction {
  return named(castRows, "addr_space_cast", { dst, src, immediate: to << 16 | from });
}

/** `dst = *(size *)(src + offset)`; signed loads need cpu v4. */
export function load(size: Size, dst: Register, src: Register, offset: number, signed = false): Instruction {
  const key = `${size}${signed}`;
  return make(loadRows().get(key), key, { dst, src, offset });
}

/** `*(size *)(dst + offset) = src`. */
export function store(size: Size, dst: Register, offset: number, src: Register): Instruction {
  const key = `${size}true`;
  return make(storeRows().get(key), key, { dst, src, offset });
}

/** `*(size *)(dst + offset) = value`. */
export function storeImmediate(size: Size, dst: Register, offset: number, value: number): Instruction {
  const key = `${size}false`;
  return make(storeRows().get(key), key, { dst, offset, immediate: value });
}

/**
 * An atomic operation on `*(size *)(dst + offset)` with `src`; the fetching ones leave the old value in `src`,
 * `cmpxchg` in r0. `loadAcquire` loads from `*(src + offset)` into `dst`.
 */
export function atomic(
  operation: AtomicOperation,
  size: Size,
  dst: Register,
  offset: number,
  src: Register,
): Instruction {
  const key = `${operation}${size}`;
  return make(atomicRows().get(key), key, { dst, src, offset });
}

/** Goes on `offset` slots after the next one. Distances beyond 16 bits take `gotol` (cpu v4). */
export function jump(offset: number): Instruction {
  return offset === offset << 16 >> 16
    ? named(jumpRows, "ja", { offset })
    : named(jumpRows, "gotol", { immediate: offset });
}

/** Goes on `offset` slots after the next one, however far that is (`gotol`, cpu v4). */
export function farJump(offset: number): Instruction {
  return named(jumpRows, "gotol", { immediate: offset });
}

/** Jumps if the loop's budget of the verifier is not used up. */
export function mayGoto(offset: number): Instruction {
  return named(mayGotoRows, "may_goto", { offset });
}

/** `if left comparison right goto offset`. */
export function branch(
  comparison: Comparison,
  width: Width,
  left: Register,
  right: Operand,
  offset: number,
): Instruction {
  const register = "register" in right;
  const key = `${comparison}${width}${register}`;
  return make(
    branchRows().get(key),
    key,
    register ? { dst: left, src: right.register, offset } : { dst: left, immediate: right.immediate, offset },
  );
}

/** `dst = value`, any 64 bits; two slots. */
export function lddw(dst: Register, value: bigint): Instruction {
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    throw new EbpfError(ErrorCode.OutOfRange, `Cannot make instruction lddw: ${value} does not fit 64 bits`);
  }
  const low = Number(BigInt.asIntN(32, value)), high = Number(BigInt.asIntN(32, value >> 32n));
  return { ...named(constantRows, "lddw", { dst, immediate: low }), high };
}

/** `dst = map`, for helpers; two slots. A number is the descriptor itself. */
export function mapDescriptor(dst: Register, map: MapReference | number): Instruction {
  return mapConstant("lddw_map", dst, map, 0);
}

/** `dst = address of the map's (only) value + offset`; two slots. */
export function mapValue(dst: Register, map: MapReference | number, offset: number): Instruction {
  return mapConstant("lddw_map_value", dst, map, offset);
}

function mapConstant(name: string, dst: Register, map: MapReference | number, high: number): Instruction {
  return typeof map === "number"
    ? { ...named(constantRows, name, { dst, immediate: map }), high }
    : { ...named(constantRows, name, { dst }), high, map };
}

/** `dst = address of the subprogram` that begins `offset` slots after the first of this instruction's two, plus one. */
export function functionAddress(dst: Register, offset: number): Instruction {
  return { ...named(constantRows, "lddw_function", { dst, immediate: offset }), high: 0 };
}

/** Calls a helper by its number or by its name (`bpf_ktime_get_ns`, or without `bpf_`). */
export function call(helper: number | string): Instruction {
  return named(callRows, "call", { immediate: typeof helper === "number" ? helper : helperId(helper) });
}

/** Calls the subprogram that begins `offset` slots after the next one. */
export function callLocal(offset: number): Instruction {
  return named(callRows, "call_local", { immediate: offset });
}

/** Calls a kernel function by its BTF id; `module` is an index into `fd_array`, 0 for vmlinux. */
export function callKfunc(id: number, module = 0): Instruction {
  return named(callRows, "call_kfunc", { immediate: id, offset: module });
}

/** Calls the function whose address is in a register, where the kernel allows it. */
export function callIndirect(dst: Register): Instruction {
  return named(callRows, "callx", { dst });
}

/** `r0 = packet at value (+ src)`, classic BPF's loads. */
export function loadPacket(size: 1 | 2 | 4, value: number, src?: Register): Instruction {
  const key = `${size}${src !== undefined}`;
  return make(packetRows().get(key), key, { src: src ?? 0, immediate: value });
}

/** Returns from the function. */
export function exit(): Instruction {
  return named(exitRows, "exit", {});
}
