/**
 * Bytecode to text, in the style of the kernel and llvm: with labels, the names of helpers and maps, and the user's
 * source lines between. The text assembler reads it back to the same instructions.
 *
 * @module
 */

import { encode, slotOffsets } from "./encode.ts";
import { helperName, isHelper } from "./helpers.ts";
import type { Instruction, MapReference } from "./instruction.ts";
import { operationOf } from "./opcodes.ts";
import { type Operand, templateOf } from "./text.ts";
import { isWord } from "./tokens.ts";

/** A program and what is known of it besides its instructions. */
export interface Listing {
  /** The program. */
  readonly instructions: readonly Instruction[];
  /** Names of functions by the slot at which they begin. */
  readonly functions?: readonly { readonly slot: number; readonly name: string }[];
  /** Source lines by the slot at which they begin. */
  readonly lines?: readonly {
    /** Where its code begins. */
    readonly slot: number;
    /** Its place. */
    readonly location: { readonly file: string; readonly line: number };
    /** What it says. */
    readonly text: string;
  }[];
}

/** What the text shows. */
export interface DisassembleOptions {
  /** Names for jump targets, functions and helpers (the default), or figures as llvm has them. */
  readonly symbols?: boolean;
  /** The slot's number before each instruction; the default. */
  readonly slots?: boolean;
}

/** Names of places and maps, as one text uses them. */
export interface Symbols {
  /** The label at a slot. */
  readonly labels: ReadonlyMap<number, string>;
  /** Each map's name, told apart where two have the same. */
  readonly maps: ReadonlyMap<MapReference, string>;
}

/**
 * Prints a program.
 *
 * @param program Instructions, or a compiled program with its symbols and lines.
 * @param options What to show.
 * @returns One line an instruction, and lines for labels and (as comments) for source.
 */
export function disassemble(program: Listing | readonly Instruction[], options: DisassembleOptions = {}): string {
  const { symbols = true, slots = true } = options;
  const listing: Listing = "instructions" in program ? program : { instructions: program };
  const { instructions } = listing;
  const offsets = slotOffsets(instructions);
  const names = symbols ? findSymbols(listing, offsets) : undefined;
  const lines = new Map((listing.lines ?? []).map((line) => [line.slot, line]));
  const width = String(offsets[instructions.length]).length + 2;
  const text: string[] = [];
  instructions.forEach((instruction, index) => {
    const slot = offsets[index];
    const label = names?.labels.get(slot);
    if (label !== undefined) text.push(`${label}:`);
    const line = lines.get(slot);
    if (line) text.push(`; ${oneLine(line.text)} @ ${oneLine(line.location.file)}:${line.location.line}`);
    text.push(`${slots ? `${slot}: `.padStart(width + 2) : "  "}${instructionText(instruction, slot, names)}`);
  });
  return text.map((line) => `${line}\n`).join("");
}

/**
 * Prints one instruction.
 *
 * @param instruction What to print.
 * @param slot Where it stands; matters with symbols.
 * @param symbols Names to use instead of figures.
 * @returns Its text; for what has none, its bytes as `.8byte`.
 */
export function instructionText(instruction: Instruction, slot = 0, symbols?: Symbols): string {
  const template = templateOf(instruction);
  if (!template) return rawText(instruction);
  let text = "";
  for (const part of template.parts) {
    if (typeof part === "string") text += part;
    else if (part.optional === undefined) text += operandText(part.operand, instruction, slot, symbols);
    else if (part.operand.read(instruction) !== 0n) {
      text += part.optional + operandText(part.operand, instruction, slot, symbols);
    }
  }
  return text;
}

function rawText(instruction: Instruction): string {
  const bytes = encode([instruction]);
  const words = Array.from(new BigUint64Array(bytes.buffer), (word) => `0x${word.toString(16).padStart(16, "0")}`);
  return `.8byte ${words.join(", ")}`;
}

function operandText(operand: Operand, instruction: Instruction, slot: number, symbols: Symbols | undefined): string {
  const value = operand.read(instruction);
  switch (operand.form) {
    case "r":
    case "w":
      return `${operand.form}${value}`;
    case "number":
      return String(value);
    case "signed":
      return value < 0n ? `- ${-value}` : `+ ${value}`;
    case "distance":
    case "callee":
      return symbols?.labels.get(slot + 1 + Number(value)) ??
        `${operand.form === "callee" ? "pc" : ""}${value < 0n ? "" : "+"}${value}`;
    case "helper":
      return symbols && helperName(Number(value)) || String(value);
    case "map":
      return instruction.map
        ? symbols?.maps.get(instruction.map) ?? mapIdentifier(instruction.map.name)
        : String(value);
  }
}

/** Finds all places that are jumped to or called, and all maps, and gives them names. */
function findSymbols({ instructions, functions = [] }: Listing, offsets: Int32Array): Symbols {
  const starts = new Set(offsets.subarray(0, instructions.length));
  const labels = new Map<number, string>();
  const taken = new Set<string>();
  for (const { slot, name } of functions) {
    if (starts.has(slot)) labels.set(slot, unique(labelIdentifier(name), taken));
  }
  const targets = new Map<number, string>();
  instructions.forEach((instruction, index) => {
    const distance = templateOf(instruction)?.operands.find(({ form }) => form === "distance" || form === "callee");
    if (!distance) return;
    const kind = operationOf(instruction)?.kind;
    const target = offsets[index] + 1 + Number(distance.read(instruction));
    const prefix = kind === "call" || kind === "constant" ? "function" : "L";
    if (starts.has(target) && targets.get(target) !== "function") targets.set(target, prefix);
  });
  for (const [slot, prefix] of targets) {
    if (!labels.has(slot)) labels.set(slot, unique(prefix === "L" ? `L${slot}` : `function_${slot}`, taken));
  }
  return { labels, maps: mapNames(instructions) };
}

/**
 * The name of each map in a text, told apart where two have the same.
 *
 * @param instructions The program.
 * @returns Names in order of appearance.
 */
export function mapNames(instructions: readonly Instruction[]): ReadonlyMap<MapReference, string> {
  const names = new Map<MapReference, string>();
  const taken = new Set<string>();
  for (const { map } of instructions) {
    if (map && !names.has(map)) names.set(map, unique(mapIdentifier(map.name), taken));
  }
  return names;
}

function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name}.${count}`;
  taken.add(candidate);
  return candidate;
}

/** A name that the assembler reads as one word and not as a number. */
function mapIdentifier(name: string): string {
  return name.replace(/[^\w.$]/g, "_").replace(/^(?=\d|$)/, "_").replace(/^index$/, "index_");
}

/** A name that is no word of the assembler's own either. */
function labelIdentifier(name: string): string {
  const identifier = mapIdentifier(name);
  return isWord(identifier) || isHelper(identifier) ? `${identifier}_` : identifier;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]\s*/g, " ");
}
