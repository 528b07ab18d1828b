/**
 * Reads the texts of the opcode table: from `"{dst64} += {immediate}"` come both the printing of an instruction and
 * the pattern by which a written line is recognised, and which fields the operation leaves reserved.
 *
 * @module
 */

import type { Instruction } from "./instruction.ts";
import { type Operation, operationOf, operations } from "./opcodes.ts";

/** Fields of an instruction while it is being read from text. */
export type Draft = { -readonly [K in keyof Instruction]: Instruction[K] };

/** How an operand looks. */
export type OperandForm = "r" | "w" | "number" | "distance" | "callee" | "signed" | "helper" | "map";

/** One operand: how it looks, and where in the instruction it is. */
export interface Operand {
  readonly form: OperandForm;
  /** Fields that it fills wholly or in part; none if it is implied (r0 of `cmpxchg`). */
  readonly fields: readonly (keyof Instruction)[];
  /** Bits of a number; registers have none. */
  readonly bits: 0 | 16 | 32 | 64;
  read(instruction: Instruction): bigint;
  /** Puts in what was read; true if there was another value already (`r1 = -r2`). */
  write(draft: Draft, value: bigint): void;
}

type Field = "dst" | "src" | "offset" | "immediate" | "high";

function field(form: OperandForm, name: Field, bits: Operand["bits"]): Operand {
  return {
    form,
    fields: [name],
    bits,
    read: (instruction) => BigInt(instruction[name] ?? 0),
    write: (draft, value) => Object.assign(draft, { [name]: Number(bits === 0 ? value : BigInt.asIntN(bits, value)) }),
  };
}

function implied(form: OperandForm): Operand {
  return { form, fields: [], bits: 0, read: () => 0n, write: () => {} };
}

/** One half of the immediate: the address spaces of `addr_space_cast`. */
function half(shift: 0n | 16n): Operand {
  return {
    form: "number",
    fields: ["immediate"],
    bits: 32,
    read: ({ immediate }) => BigInt(immediate) >> shift & 0xffffn,
    write: (draft, value) => {
      const rest = BigInt(draft.immediate) & ~(0xffffn << shift);
      draft.immediate = Number(BigInt.asIntN(32, rest | (value & 0xffffn) << shift));
    },
  };
}

const wide: Operand = {
  form: "number",
  fields: ["immediate", "high"],
  bits: 64,
  read: ({ immediate, high = 0 }) => BigInt.asIntN(64, BigInt(high) << 32n | BigInt.asUintN(32, BigInt(immediate))),
  write: (draft, value) => {
    draft.immediate = Number(BigInt.asIntN(32, value));
    draft.high = Number(BigInt.asIntN(32, value >> 32n));
  },
};

/** The operands by the names that they have in the table. */
const operands: Readonly<Record<string, Operand>> = {
  dst64: field("r", "dst", 0),
  dst32: field("w", "dst", 0),
  src64: field("r", "src", 0),
  src32: field("w", "src", 0),
  r0: implied("r"),
  w0: implied("w"),
  zero: implied("number"),
  immediate: field("number", "immediate", 32),
  wide,
  to: half(16n),
  from: half(0n),
  module: field("number", "offset", 16),
  offset: field("signed", "offset", 16),
  displacement: field("signed", "immediate", 32),
  high: field("signed", "high", 32),
  target: field("distance", "offset", 16),
  target32: field("distance", "immediate", 32),
  callee: field("callee", "immediate", 32),
  helper: field("helper", "immediate", 32),
  map: field("map", "immediate", 32),
};

/** A part of a row's text. */
export type Part = string | { readonly operand: Operand; readonly optional: string | undefined };

/** A row with its text taken apart. */
export interface Template {
  readonly row: Operation;
  readonly parts: readonly Part[];
  readonly operands: readonly Operand[];
  /** Fields that must be zero. */
  readonly reserved: readonly Field[];
}

/** Splits into literal text, `{operand}`, and `~text {operand}~` with the text that goes with the operand. */
function compile(row: Operation, text: string): Template {
  const parts: Part[] = [];
  for (const piece of text.split(/(~[^~]*~|\{\w+\})/)) {
    const [, lead, name] = /^~?([^{]*)\{(\w+)\}~?$/.exec(piece) ?? [];
    if (name) parts.push({ operand: operands[name], optional: piece.startsWith("~") ? lead : undefined });
    else if (piece) parts.push(piece);
  }
  const used = parts.flatMap((part) => typeof part === "string" ? [] : [part.operand]);
  const filled = new Set<string>([...Object.keys(row.fixed), ...used.flatMap((operand) => operand.fields)]);
  const fields: readonly Field[] = [
    "dst",
    "src",
    "offset",
    "immediate",
    ...row.kind === "constant" ? ["high"] as const : [],
  ];
  return { row, parts, operands: used, reserved: fields.filter((name) => !filled.has(name)) };
}

/** Those that were asked for: taking all texts apart costs more than the start of most programs may. */
const templates = new Map<Operation, Template>();

function templateFor(row: Operation): Template {
  let template = templates.get(row);
  if (!template) templates.set(row, template = compile(row, row.text));
  return template;
}

/**
 * The template of an instruction.
 *
 * @param instruction Any instruction.
 * @returns `undefined` if it is no operation of the table, or has something in a reserved field: then no text but its
 * bytes in figures says all of it.
 */
export function templateOf(instruction: Instruction): Template | undefined {
  const row = operationOf(instruction);
  if (!row) return undefined;
  const template = templateFor(row);
  if (template.reserved.some((name) => (instruction[name] ?? 0) !== 0)) return undefined;
  if ((instruction.high !== undefined) !== (template.row.kind === "constant")) return undefined;
  const registers = template.operands.every(({ form, fields: [name] }) =>
    (form !== "r" && form !== "w") || name === undefined || Number(instruction[name]) <= 10
  );
  return registers ? template : undefined;
}

/** Narrow accesses that llvm wrote with `r` before cpu v3. */
function hasOlderText(row: Operation): boolean {
  const access = (row.kind === "load" && !row.signed) || (row.kind === "store" && row.register) ||
    (row.kind === "atomic" && row.text.startsWith("lock"));
  return access && /32\}/.test(row.text);
}

/**
 * All texts that the assembler takes: those of the table, and llvm's older ones with `r` for narrow accesses.
 *
 * @returns The templates, those of the table first.
 */
export function writtenForms(): readonly Template[] {
  const older = operations().filter(hasOlderText).map((row) =>
    compile(row, row.text.replace(/(dst|src)32\}/, "$164}"))
  );
  return [...operations().map(templateFor), ...older];
}
