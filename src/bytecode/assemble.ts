/**
 * Text to bytecode: the inverse of the disassembler, and a way to write programs by hand.
 *
 * @module
 */

import { EbpfError, ErrorCode, type SourceLocation } from "../errors.ts";
import { once } from "../once.ts";
import { decode, slotOffsets } from "./encode.ts";
import { helperId, isHelper } from "./helpers.ts";
import type { Instruction, MapReference } from "./instruction.ts";
import { operationsOf } from "./opcodes.ts";
import type { Draft, Operand } from "./text.ts";
import { shapeOf, shapes, type Token, tokenize } from "./tokens.ts";

/** Choices of {@linkcode assemble}. */
export interface AssembleOptions {
  /** The maps that the text names; names not among them stand for new references. */
  readonly maps?: ReadonlyMap<string, MapReference>;
  /** The text's file, for messages; with it the program gets line information that points into the text. */
  readonly file?: string;
}

/** A program made by hand, in the form that a compiled one has. */
export interface Assembly {
  /** The program. */
  readonly instructions: readonly Instruction[];
  /** The maps that it refers to, in order of appearance. */
  readonly maps: readonly MapReference[];
  /** Its functions: the main one, then those that are called. */
  readonly functions: readonly { readonly slot: number; readonly name: string }[];
  /** Where its instructions come from; empty if that is not known. */
  readonly lines: readonly { readonly slot: number; readonly location: SourceLocation; readonly text: string }[];
}

/** A line of the text. */
interface Line {
  readonly number: number;
  readonly text: string;
}

/** An instruction that may still lack the distance to a label. */
interface Pending {
  readonly draft: Draft;
  readonly line: Line;
  readonly target?: { readonly label: string; readonly operand: Operand; readonly calls: boolean };
}

/** What is known of a text while it is being read. */
interface Reading {
  readonly options: AssembleOptions;
  readonly pending: Pending[];
  /** The index of the instruction that follows each label. */
  readonly labels: Map<string, number>;
  readonly maps: Map<string, MapReference>;
}

/**
 * Reads a program: one instruction a line in the disassembler's language, `label:` before any, comments after `;`,
 * `#` or `//`.
 *
 * @param text The program.
 * @param options Its maps, its file.
 * @returns The program with its symbols.
 */
export function assemble(text: string, options: AssembleOptions = {}): Assembly {
  const reading: Reading = { options, pending: [], labels: new Map(), maps: new Map() };
  text.split("\n").forEach((line, index) => readLine(reading, { number: index + 1, text: line }));
  const { pending, labels } = reading;
  const drafts = pending.map((each) => each.draft);
  const slots = slotOffsets(drafts);
  const called = new Map<number, string>();
  pending.forEach(({ draft, target, line }, index) => {
    if (!target) return;
    const place = labels.get(target.label);
    if (place === undefined) {
      throw refusal(reading, line, `there is no label ${target.label}`, line.text.indexOf(target.label));
    }
    const distance = slots[place] - slots[index] - 1;
    if (target.operand.bits === 16 && distance !== distance << 16 >> 16) {
      throw refusal(reading, line, `${target.label} is ${distance} slots away, which does not fit 16 bits`);
    }
    target.operand.write(draft, BigInt(distance));
    if (target.calls) called.set(slots[place], target.label);
  });
  const instructions: readonly Instruction[] = drafts;
  const entry = [...labels].find(([, index]) => index === 0)?.[0] ?? "main";
  const functions = [...called].filter(([slot]) => slot !== 0).sort(([a], [b]) => a - b)
    .map(([slot, name]) => ({ slot, name }));
  return {
    instructions,
    maps: [...new Set(instructions.flatMap(({ map }) => map ? [map] : []))],
    functions: instructions.length ? [{ slot: 0, name: entry }, ...functions] : [],
    lines: options.file === undefined ? [] : pending.map(({ line }, index) => ({
      slot: slots[index],
      location: place(options.file!, line),
      text: line.text,
    })),
  };
}

function place(file: string, { number, text }: Line, column = text.search(/\S/)): SourceLocation {
  return { file, line: number, column: Math.max(column, 0) + 1 };
}

function refusal(reading: Reading, line: Line, why: string, column?: number): EbpfError {
  const location = place(reading.options.file ?? "<assembly>", line, column);
  return new EbpfError(ErrorCode.SyntaxError, `Cannot assemble "${line.text.trim()}": ${why}`, {
    location,
    frame: `  ${line.text.trimEnd()}\n  ${" ".repeat(location.column - 1)}^`,
  });
}

function readLine(reading: Reading, line: Line): void {
  let text = line.text.replace(/(;|#|\/\/).*/, (comment) => " ".repeat(comment.length));
  // The slot's number in front, and what llvm-objdump adds behind a jump.
  text = text.replace(/^\s*\d+:/, (number) => " ".repeat(number.length)).replace(/<[\w.$+]*>\s*$/, "");
  for (let label; (label = /^\s*([A-Za-z_.$][\w.$]*):/.exec(text));) {
    if (reading.labels.has(label[1])) throw refusal(reading, line, `the label ${label[1]} is there twice`);
    reading.labels.set(label[1], reading.pending.length);
    text = " ".repeat(label[0].length) + text.slice(label[0].length);
  }
  if (!text.trim()) return;
  if (/^\s*\.8byte\s/.test(text)) readRaw(reading, line, text);
  else readInstruction(reading, line, text);
}

/** `.8byte`: one instruction in figures, of one slot or two. */
function readRaw(reading: Reading, line: Line, text: string): void {
  const words = text.trim().replace(/^\.8byte\s+/, "").split(/\s*,\s*/);
  if (!words.every((word) => /^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(word))) {
    throw refusal(reading, line, ".8byte takes 64-bit numbers with commas between");
  }
  const bytes = new Uint8Array(BigUint64Array.from(words, (word) => BigInt(word)).buffer);
  for (const draft of decode(bytes)) reading.pending.push({ draft, line });
}

function readInstruction(reading: Reading, line: Line, text: string): void {
  const tokens = tokenize(text);
  if (typeof tokens === "number") throw refusal(reading, line, `"${text[tokens]}" is not of this language`, tokens);
  const shape = shapes().get(shapeOf(tokens));
  if (!shape) throw refusal(reading, line, "there is no such instruction");
  const { row } = shape.template;
  const { src = 0, offset = 0, immediate = 0 } = row.fixed;
  const draft: Draft = { opcode: row.opcode, dst: 0, src, offset, immediate };
  if (row.kind === "constant") draft.high = 0;
  const values = tokens.filter((token) => token.kind !== "literal");
  const given = new Map<string, bigint>();
  let target: Pending["target"];
  shape.operands.forEach((operand, index) => {
    const token = values[index];
    if (token.kind === "name") target = readName(reading, line, draft, operand, token.text) ?? target;
    else readFigure(reading, line, { draft, operand, token, given });
  });
  reading.pending.push(target ? { draft, line, target } : { draft, line });
}

/** A word in an operand's place: a label, a helper or a map. */
function readName(
  reading: Reading,
  line: Line,
  draft: Draft,
  operand: Operand,
  name: string,
): Pending["target"] | undefined {
  switch (operand.form) {
    case "distance":
      return { label: name, operand, calls: draft.opcode === functionConstant().opcode };
    case "map":
      draft.map = reading.options.maps?.get(name) ?? reading.maps.get(name) ?? { name };
      reading.maps.set(name, draft.map);
      return undefined;
    case "helper":
      return readCallee(draft, operand, name);
    default:
      throw refusal(reading, line, `${name} stands where a number belongs`, line.text.indexOf(name));
  }
}

const functionConstant = once(() => operationsOf("constant").find((row) => row.constant === "function")!);
const localCall = once(() => operationsOf("call").find((row) => row.callee === "local")!);

/** `call bpf_name`: the kernel's helper of that name; else the label. */
function readCallee(draft: Draft, operand: Operand, name: string): Pending["target"] | undefined {
  if (name.startsWith("bpf_") && isHelper(name)) {
    operand.write(draft, BigInt(helperId(name)));
    return undefined;
  }
  draft.src = localCall().fixed.src!;
  return { label: name, operand, calls: true };
}

interface Figure {
  readonly draft: Draft;
  readonly operand: Operand;
  readonly token: Exclude<Token, { kind: "literal" | "name" }>;
  /** Registers already seen, by field: what is written twice must be the same. */
  readonly given: Map<string, bigint>;
}

function readFigure(reading: Reading, line: Line, { draft, operand, token, given }: Figure): void {
  const { value } = token;
  if (token.kind === "number") {
    if (!fitsBits(value, operand.bits, /x/i.test(token.text))) {
      throw refusal(reading, line, `${token.text} does not fit ${operand.bits} bits`, line.text.indexOf(token.text));
    }
  } else {
    const [name] = operand.fields;
    const same = name === undefined ? 0n : given.get(name) ?? value;
    if (same !== value) throw refusal(reading, line, `the register must be ${token.kind}${same} here`);
    if (name !== undefined) given.set(name, value);
  }
  operand.write(draft, value);
}

/** Hexadecimal figures may use all bits; decimal ones are signed, but for the 64-bit constant, which may be either. */
function fitsBits(value: bigint, bits: number, hexadecimal: boolean): boolean {
  const size = BigInt(bits);
  if (BigInt.asIntN(bits, value) === value) return true;
  return (hexadecimal || bits === 64) && value > 0n && value < 1n << size;
}
