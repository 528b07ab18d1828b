/**
 * What an operation is: the vocabulary of the opcode table.
 *
 * @module
 */

/** Bytes of a memory access. */
export type Size = 1 | 2 | 4 | 8;
/** Bits of an arithmetic operation or a comparison. 32-bit results are zero-extended. */
export type Width = 32 | 64;
/** Arithmetic with two operands, by the kernel's names (BPF_ADD, …). */
export type AluOperation =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "or"
  | "and"
  | "lsh"
  | "rsh"
  | "mod"
  | "xor"
  | "mov"
  | "arsh"
  | "sdiv"
  | "smod";
/** Comparisons of branches; `s` is signed, `set` is "have a bit in common". */
export type Comparison = "eq" | "gt" | "ge" | "set" | "ne" | "sgt" | "sge" | "lt" | "le" | "slt" | "sle";
/** Byte order: `le`/`be` convert between the machine's order and that one, `bswap` always swaps. */
export type Swap = "le" | "be" | "bswap";
/** Atomic read-modify-write on memory. */
export type AtomicOperation =
  | "add"
  | "or"
  | "and"
  | "xor"
  | "fetchAdd"
  | "fetchOr"
  | "fetchAnd"
  | "fetchXor"
  | "xchg"
  | "cmpxchg"
  | "loadAcquire"
  | "storeRelease";
/** What the 64-bit constant of `lddw` stands for: the `src` field, 0–6, in this order. */
export type Constant =
  | "value"
  | "map"
  | "mapValue"
  | "btfVariable"
  | "function"
  | "mapIndex"
  | "mapIndexValue";
/** What `call` calls. */
export type Callee = "helper" | "local" | "kfunc" | "indirect";

/** Fields of an instruction whose value belongs to the operation. */
export interface Fixed {
  /** Four bits. */
  readonly src?: number;
  /** Signed 16 bits. */
  readonly offset?: number;
  /** Signed 32 bits. */
  readonly immediate?: number;
}

/** What is common to all rows of the table. */
export interface Row {
  /** Unique, made from the parts: `add64k`, `jeq32x`, `ldxw`, `atomic_fetch_add64`. */
  readonly name: string;
  /** The first byte. */
  readonly opcode: number;
  /** What else tells it from its neighbours. */
  readonly fixed: Fixed;
  /**
   * How it is written, for printing and for parsing (`text.ts` reads it): operands stand in braces, what is left out
   * when its operand is zero between tildes. A field that is neither here nor in `fixed` is reserved and zero.
   */
  readonly text: string;
  /** The first instruction set version (clang's `-mcpu=v…`) that has it. */
  readonly cpu: 1 | 2 | 3 | 4;
}

/** A row of the table. */
export type Operation =
  & Row
  & (
    | { readonly kind: "alu"; readonly operation: AluOperation; readonly width: Width; readonly register: boolean }
    | { readonly kind: "negate"; readonly width: Width }
    | { readonly kind: "signExtend"; readonly width: Width; readonly bits: 8 | 16 | 32 }
    | { readonly kind: "swap"; readonly operation: Swap; readonly bits: 16 | 32 | 64 }
    | { readonly kind: "cast" }
    | { readonly kind: "load"; readonly size: Size; readonly signed: boolean }
    | { readonly kind: "store"; readonly size: Size; readonly register: boolean }
    | { readonly kind: "atomic"; readonly operation: AtomicOperation; readonly size: Size }
    | { readonly kind: "constant"; readonly constant: Constant }
    | { readonly kind: "packet"; readonly size: 1 | 2 | 4; readonly indirect: boolean }
    | { readonly kind: "jump"; readonly far: boolean }
    | { readonly kind: "mayGoto" }
    | { readonly kind: "branch"; readonly comparison: Comparison; readonly width: Width; readonly register: boolean }
    | { readonly kind: "call"; readonly callee: Callee }
    | { readonly kind: "exit" }
  );
