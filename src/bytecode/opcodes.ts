/**
 * The one table of eBPF operations: RFC 9669, cpu v4 and the atomics added since. Encoder, decoder, assembler,
 * disassembler, VM and code generator all read it; nothing else in the library knows an opcode's number.
 *
 * Every instruction is 8 bytes, little endian (`lddw` is two of them):
 *
 * ```text
 *  0        1            2                4                               8
 *  +--------+-----+------+----------------+-------------------------------+
 *  | opcode | dst | src  |     offset     |           immediate           |
 *  |   8    |  4  |  4   |       16       |               32              |
 *  +--------+-----+------+----------------+-------------------------------+
 * ```
 *
 * @module
 */

import { once } from "../once.ts";
import type { AluOperation, AtomicOperation, Comparison, Constant, Operation, Size, Swap, Width } from "./operation.ts";

export type * from "./operation.ts";

const LD = 0, LDX = 1, ST = 2, STX = 3, ALU = 4, JMP = 5, JMP32 = 6, ALU64 = 7;
/** Bit 3 of arithmetic and jumps: the second operand is a register (X) instead of the immediate (K). */
const X = 8;

const widths: readonly Width[] = [32, 64];
const kOrX: readonly boolean[] = [false, true];
const sizes: readonly Size[] = [1, 2, 4, 8];
/** The two bits of a memory access's size, and the letter that names it. */
const sizeBits: Readonly<Record<Size, number>> = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 };
const sizeLetter: Readonly<Record<Size, string>> = { 1: "b", 2: "h", 4: "w", 8: "dw" };

/**
 * Arithmetic (ALU, ALU64)
 *
 * ```text
 *  msb       lsb
 *  +----+-+---+
 *  | op |S|cls|   cls: 4 = 32 bits, 7 = 64 bits; S: 0 = immediate (K), 1 = register (X)
 *  +----+-+---+   offset: 1 makes div and mod signed; 8, 16, 32 make mov sign-extending
 * ```
 */
const alu: readonly (readonly [AluOperation, code: number, sign: string, offset?: number])[] = [
  ["add", 0x00, "+="],
  ["sub", 0x10, "-="],
  ["mul", 0x20, "*="],
  ["div", 0x30, "/="],
  ["or", 0x40, "|="],
  ["and", 0x50, "&="],
  ["lsh", 0x60, "<<="],
  ["rsh", 0x70, ">>="],
  ["mod", 0x90, "%="],
  ["xor", 0xa0, "^="],
  ["mov", 0xb0, "="],
  ["arsh", 0xc0, "s>>="],
  ["sdiv", 0x30, "s/=", 1],
  ["smod", 0x90, "s%=", 1],
];

function aluRows(): Operation[] {
  return alu.flatMap(([operation, code, sign, offset]) =>
    widths.flatMap((width) =>
      kOrX.map((register): Operation => ({
        kind: "alu",
        name: `${operation}${width}${register ? "x" : "k"}`,
        opcode: code | (width === 64 ? ALU64 : ALU) | (register ? X : 0),
        fixed: offset === undefined ? {} : { offset },
        text: `{dst${width}} ${sign} ${register ? `{src${width}}` : "{immediate}"}`,
        cpu: offset === undefined ? 1 : 4,
        operation,
        width,
        register,
      }))
    )
  );
}

/** Negation, sign extension, byte order and address spaces: arithmetic with one operand, in the same encoding. */
function unaryRows(): Operation[] {
  const negate = widths.map((width): Operation => ({
    kind: "negate",
    name: `neg${width}`,
    opcode: 0x80 | (width === 64 ? ALU64 : ALU),
    fixed: {},
    text: `{dst${width}} = -{dst${width}}`,
    cpu: 1,
    width,
  }));
  const extend = ([[32, 8], [32, 16], [64, 8], [64, 16], [64, 32]] as const).map(([width, bits]): Operation => ({
    kind: "signExtend",
    name: `movsx${bits}_${width}`,
    opcode: 0xb0 | X | (width === 64 ? ALU64 : ALU),
    fixed: { offset: bits },
    text: `{dst${width}} = (s${bits}){src${width}}`,
    cpu: 4,
    width,
    bits,
  }));
  // BPF_END: in ALU the S bit says big endian; in ALU64 it swaps without condition.
  const ends: readonly (readonly [Swap, opcode: number, cpu: 1 | 4])[] = [
    ["le", 0xd0 | ALU, 1],
    ["be", 0xd0 | ALU | X, 1],
    ["bswap", 0xd0 | ALU64, 4],
  ];
  const swap = ends.flatMap(([operation, opcode, cpu]) =>
    ([16, 32, 64] as const).map((bits): Operation => ({
      kind: "swap",
      name: `${operation}${bits}`,
      opcode,
      fixed: { immediate: bits },
      text: `{dst64} = ${operation}${bits} {dst64}`,
      cpu,
      operation,
      bits,
    }))
  );
  const cast: Operation = {
    kind: "cast",
    name: "addr_space_cast",
    opcode: 0xb0 | X | ALU64,
    fixed: { offset: 1 },
    text: "{dst64} = addr_space_cast({src64}, {to}, {from})",
    cpu: 4,
  };
  return [...negate, ...extend, ...swap, cast];
}

/**
 * Memory (LD, LDX, ST, STX)
 *
 * ```text
 *  msb      lsb
 *  +---+--+---+
 *  |mde|sz|cls|   cls: 1 = load, 2 = store immediate, 3 = store register
 *  +---+--+---+   sz: 0 = 4 bytes, 1 = 2, 2 = 1, 3 = 8; mde: 3 = plain, 4 = sign-extending load
 * ```
 */
function memoryRows(): Operation[] {
  const MEM = 0x60, MEMSX = 0x80;
  return sizes.flatMap((size): Operation[] => {
    const letter = sizeLetter[size], bits = sizeBits[size], width = size === 8 ? 64 : 32;
    const common = { fixed: {}, cpu: 1, size } as const;
    const at = (base: string) => `*(u${size * 8} *)({${base}} {offset})`;
    const rows: Operation[] = [
      {
        ...common,
        kind: "load",
        name: `ldx${letter}`,
        opcode: MEM | bits | LDX,
        text: `{dst${width}} = ${at("src64")}`,
        signed: false,
      },
      {
        ...common,
        kind: "store",
        name: `st${letter}`,
        opcode: MEM | bits | ST,
        text: `${at("dst64")} = {immediate}`,
        register: false,
      },
      {
        ...common,
        kind: "store",
        name: `stx${letter}`,
        opcode: MEM | bits | STX,
        text: `${at("dst64")} = {src${width}}`,
        register: true,
      },
    ];
    if (size < 8) {
      rows.push({
        ...common,
        kind: "load",
        name: `ldxs${letter}`,
        opcode: MEMSX | bits | LDX,
        text: `{dst64} = *(s${size * 8} *)({src64} {offset})`,
        cpu: 4,
        signed: true,
      });
    }
    return rows;
  });
}

/**
 * Atomics (STX with mode 6); what is done is in the immediate
 *
 * ```text
 *  msb      lsb   immediate
 *  +---+--+---+   +-----------------------+----+-------+
 *  | 6 |sz| 3 |   | 1: load/store ordered | op | fetch |
 *  +---+--+---+   +-----------------------+----+-------+
 * ```
 */
const atomics: readonly (readonly [AtomicOperation, code: number, cpu: 1 | 3 | 4, text: string])[] = [
  ["add", 0x00, 1, "lock *({type} *)({dst64} {offset}) += {src}"],
  ["or", 0x40, 3, "lock *({type} *)({dst64} {offset}) |= {src}"],
  ["and", 0x50, 3, "lock *({type} *)({dst64} {offset}) &= {src}"],
  ["xor", 0xa0, 3, "lock *({type} *)({dst64} {offset}) ^= {src}"],
  ["fetchAdd", 0x01, 3, "{src} = atomic_fetch_add(({type} *)({dst64} {offset}), {src})"],
  ["fetchOr", 0x41, 3, "{src} = atomic_fetch_or(({type} *)({dst64} {offset}), {src})"],
  ["fetchAnd", 0x51, 3, "{src} = atomic_fetch_and(({type} *)({dst64} {offset}), {src})"],
  ["fetchXor", 0xa1, 3, "{src} = atomic_fetch_xor(({type} *)({dst64} {offset}), {src})"],
  ["xchg", 0xe1, 3, "{src} = xchg{suffix}({dst64} {offset}, {src})"],
  ["cmpxchg", 0xf1, 3, "{r0} = cmpxchg{suffix}({dst64} {offset}, {r0}, {src})"],
  ["loadAcquire", 0x100, 4, "{dst} = load_acquire(({type} *)({src64} {offset}))"],
  ["storeRelease", 0x110, 4, "store_release(({type} *)({dst64} {offset}), {src})"],
];

function atomicRows(): Operation[] {
  return atomics.flatMap(([operation, immediate, cpu, template]) => {
    // Only the ordered load and store come in all sizes.
    const its = immediate >= 0x100 ? sizes : sizes.filter((size) => size >= 4);
    return its.map((size): Operation => {
      const width = size === 8 ? 64 : 32;
      const text = template.replaceAll("{type}", `u${size * 8}`).replaceAll("{src}", `{src${width}}`)
        .replaceAll("{dst}", `{dst${width}}`).replaceAll("{r0}", width === 64 ? "{r0}" : "{w0}")
        .replace("{suffix}", width === 64 ? "_64" : "32_32");
      const word = operation.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
      return {
        kind: "atomic",
        name: `atomic_${word}${size * 8}`,
        opcode: 0xc0 | sizeBits[size] | STX,
        fixed: { immediate },
        text,
        cpu,
        operation,
        size,
      };
    });
  });
}

/**
 * Constants and the packet loads of classic BPF (LD)
 *
 * ```text
 *  msb      lsb
 *  +---+--+---+
 *  |mde|sz| 0 |   mde: 0 = 64-bit constant in two slots (src says what it stands for), 1 = packet at immediate,
 *  +---+--+---+        2 = packet at src + immediate
 * ```
 */
const constants: readonly (readonly [Constant, name: string, text: string])[] = [
  ["value", "lddw", "{dst64} = {wide} ll"],
  ["map", "lddw_map", "{dst64} = map[{map}]"],
  ["mapValue", "lddw_map_value", "{dst64} = map[{map}][{zero}] {high}"],
  ["btfVariable", "lddw_btf", "{dst64} = btf[{immediate}] {high}"],
  ["function", "lddw_function", "{dst64} = function {target32}"],
  ["mapIndex", "lddw_map_index", "{dst64} = map[index {immediate}]"],
  ["mapIndexValue", "lddw_map_index_value", "{dst64} = map[index {immediate}][{zero}] {high}"],
];

function constantRows(): Operation[] {
  const ABS = 0x20, IND = 0x40;
  const wide = constants.map(([constant, name, text], src): Operation => ({
    kind: "constant",
    name,
    opcode: LD | sizeBits[8],
    fixed: { src },
    text,
    cpu: 1,
    constant,
  }));
  const packet = ([1, 2, 4] as const).flatMap((size) =>
    kOrX.map((indirect): Operation => ({
      kind: "packet",
      name: `ld${indirect ? "ind" : "abs"}${sizeLetter[size]}`,
      opcode: (indirect ? IND : ABS) | sizeBits[size] | LD,
      fixed: {},
      text: `{r0} = *(u${size * 8} *)skb[${indirect ? "{src64}~ {displacement}~" : "{immediate}"}]`,
      cpu: 1,
      size,
      indirect,
    }))
  );
  return [...wide, ...packet];
}

/**
 * Jumps, calls, exit (JMP, JMP32)
 *
 * ```text
 *  msb       lsb
 *  +----+-+---+
 *  | op |S|cls|   cls: 5 = compares 64 bits, 6 = 32 bits; S: 0 = with the immediate (K), 1 = with a register (X)
 *  +----+-+---+   the distance, in slots after this instruction, is in offset; gotol and local calls: in immediate
 * ```
 */
const comparisons: readonly (readonly [Comparison, code: number, sign: string, cpu: 1 | 2])[] = [
  ["eq", 0x10, "==", 1],
  ["gt", 0x20, ">", 1],
  ["ge", 0x30, ">=", 1],
  ["set", 0x40, "&", 1],
  ["ne", 0x50, "!=", 1],
  ["sgt", 0x60, "s>", 1],
  ["sge", 0x70, "s>=", 1],
  ["lt", 0xa0, "<", 2],
  ["le", 0xb0, "<=", 2],
  ["slt", 0xc0, "s<", 2],
  ["sle", 0xd0, "s<=", 2],
];

function branchRows(): Operation[] {
  return comparisons.flatMap(([comparison, code, sign, cpu]) =>
    widths.flatMap((width) =>
      kOrX.map((register): Operation => ({
        kind: "branch",
        name: `j${comparison}${width}${register ? "x" : "k"}`,
        opcode: code | (width === 64 ? JMP : JMP32) | (register ? X : 0),
        fixed: {},
        text: `if {dst${width}} ${sign} ${register ? `{src${width}}` : "{immediate}"} goto {target}`,
        cpu: width === 32 ? 3 : cpu,
        comparison,
        width,
        register,
      }))
    )
  );
}

const control: readonly Operation[] = [
  { kind: "jump", name: "ja", opcode: 0x00 | JMP, fixed: {}, text: "goto {target}", cpu: 1, far: false },
  { kind: "jump", name: "gotol", opcode: 0x00 | JMP32, fixed: {}, text: "gotol {target32}", cpu: 4, far: true },
  { kind: "mayGoto", name: "may_goto", opcode: 0xe0 | JMP, fixed: { src: 0 }, text: "may_goto {target}", cpu: 4 },
  {
    kind: "call",
    name: "call",
    opcode: 0x80 | JMP,
    fixed: { src: 0 },
    text: "call {helper}",
    cpu: 1,
    callee: "helper",
  },
  {
    kind: "call",
    name: "call_local",
    opcode: 0x80 | JMP,
    fixed: { src: 1 },
    text: "call {callee}",
    cpu: 1,
    callee: "local",
  },
  {
    kind: "call",
    name: "call_kfunc",
    opcode: 0x80 | JMP,
    fixed: { src: 2 },
    text: "call kfunc[{immediate}]~ in {module}~",
    cpu: 1,
    callee: "kfunc",
  },
  {
    kind: "call",
    name: "callx",
    opcode: 0x80 | JMP | X,
    fixed: {},
    text: "callx {dst64}",
    cpu: 1,
    callee: "indirect",
  },
  { kind: "exit", name: "exit", opcode: 0x90 | JMP, fixed: {}, text: "exit", cpu: 1 },
];

type Rows = () => readonly Operation[];

const unary: Rows = once(unaryRows);
const memory: Rows = once(memoryRows);
const constant: Rows = once(constantRows);
const controls: Rows = () => control;

/** Which rows have the operations of a kind among them. No program needs them all. */
const rowsWith: Readonly<Record<Operation["kind"], Rows>> = {
  alu: once(aluRows),
  negate: unary,
  signExtend: unary,
  swap: unary,
  cast: unary,
  load: memory,
  store: memory,
  atomic: once(atomicRows),
  constant,
  packet: constant,
  branch: once(branchRows),
  jump: controls,
  mayGoto: controls,
  call: controls,
  exit: controls,
};

/** The operations of a kind. */
export function operationsOf<K extends Operation["kind"]>(kind: K): readonly Extract<Operation, { kind: K }>[] {
  return rowsWith[kind]().filter((row): row is Extract<Operation, { kind: K }> => row.kind === kind);
}

/** Every operation there is. */
export const operations: Rows = once(() => [...new Set(Object.values(rowsWith))].flatMap((rows) => rows()));

const byOpcode = once(() => {
  const table: readonly Operation[][] = Array.from({ length: 256 }, () => []);
  for (const row of operations()) table[row.opcode].push(row);
  return table;
});

/** Tells whether the fields that belong to the operation have its values. */
function fits({ fixed }: Operation, src: number, offset: number, immediate: number): boolean {
  return (fixed.src ?? src) === src && (fixed.offset ?? offset) === offset &&
    (fixed.immediate ?? immediate) === immediate;
}

/**
 * The operation that an instruction is, `undefined` if there is none. Reserved fields are not looked at: an
 * instruction with garbage in one is still recognised (see `isClean` for the strict question).
 *
 * @param instruction Any instruction.
 * @returns The row.
 */
export function operationOf(
  instruction: { readonly opcode: number; readonly src: number; readonly offset: number; readonly immediate: number },
): Operation | undefined {
  const { opcode, src, offset, immediate } = instruction;
  const rows = byOpcode()[opcode];
  // Rows that ask for more come first: `mov` and `div` ask for nothing and take what is left.
  return rows.find((row) => row.fixed.offset !== undefined && fits(row, src, offset, immediate)) ??
    rows.find((row) => row.fixed.offset === undefined && fits(row, src, offset, immediate));
}
