/**
 * Texts that explain generated code: which instructions each source line became, and what the compiler's steps did.
 *
 * @module
 */

import { disassemble, encode } from "../bytecode/mod.ts";
import type { MachineFunction } from "../compiler/codegen/machine.ts";
import { type IrFunction, reachableFunctions } from "../compiler/ir.ts";
import { printFunction } from "../compiler/print.ts";
import type { Compiled } from "../compiler/unit.ts";

/** A source line and the instructions that come from it. */
interface Line {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  count: number;
  /** As it is disassembled. */
  readonly code: string[];
}

/** What became of each source line, in the order of the source. */
export function explain(compiled: Compiled): string {
  const lines = linesOf(compiled);
  const count = encode(compiled.instructions).length / 8;
  const parts = lines.map(({ line, text, count, code }) => {
    const many = count === 1 ? "1 instruction" : `${count} instructions`;
    return [`line ${line}: ${text.trim()} (${many})`, ...code].join("\n");
  });
  const files = [...new Set(lines.map(({ file }) => file))].join(", ");
  return `${count} slots of 8 bytes${files ? `, from ${files}` : ""}\n${parts.join("\n")}\n`;
}

function linesOf(compiled: Compiled): Line[] {
  const found = new Map<string, Line>();
  const begins = [...compiled.lines];
  const labels: string[] = [];
  let current: Line | undefined;
  for (const one of disassemble(compiled).split("\n")) {
    const isInstruction = /^ *\d+: /.test(one);
    if (one.startsWith("; ")) {
      const { location: { file, line }, text } = begins.shift()!;
      const key = `${file}:${line}`;
      current = found.get(key) ?? { file, line, text, count: 0, code: [] };
      found.set(key, current);
      continue;
    }
    labels.push(one);
    if (!isInstruction) continue;
    // Labels stand before the source line of what they mark.
    current?.code.push(...labels.splice(0));
    if (current) current.count++;
  }
  return [...found.values()].sort((a, b) => a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1);
}

/** The steps of the compiler that changed something. */
export class Steps {
  readonly #lines: string[] = [];
  #text = "";
  #size = "0 values, 0 blocks";
  /** Of each function that code is generated for, what there is of it. */
  readonly #code = new Map<IrFunction, string>();

  /** Notes what a step has left. */
  note(step: string, main: IrFunction): void {
    const functions = reachableFunctions(main);
    const text = functions.map(printFunction).join("");
    if (text === this.#text) return;
    const before = this.#size;
    this.#text = text;
    this.#size = sizeOf(functions.flatMap(({ blocks }) => blocks), "values");
    this.#lines.push(`${step}: ${before} → ${this.#size}`);
  }

  /** Notes what a step of the code generator has left of a function. */
  noteCode(step: string, { source, blocks, slots }: MachineFunction): void {
    const stack = slots.reduce((sum, size) => sum + size, 0);
    const size = `${sizeOf(blocks, "instructions")}, ${stack} bytes of stack`;
    const before = this.#code.get(source) ?? sizeOf(source.blocks, "values");
    this.#code.set(source, size);
    if (size !== before) this.#lines.push(`${step}: ${before} → ${size}`);
  }

  /** A line for each of them. */
  describe(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/** How large some code is. */
function sizeOf(blocks: readonly { readonly instructions: readonly unknown[] }[], name: string): string {
  const count = blocks.reduce((sum, { instructions }) => sum + instructions.length, 0);
  return `${count} ${name}, ${blocks.length} blocks`;
}
