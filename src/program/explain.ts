/**
 * Texts that explain generated code: which instructions each source line became, and what the compiler's steps did.
 *
 * @module
 */

import { disassemble, encode } from "../bytecode/mod.ts";
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

/** How large a program is: its values and blocks. */
interface Size {
  readonly values: number;
  readonly blocks: number;
}

/** The steps of the compiler that changed something. */
export class Steps {
  readonly #lines: string[] = [];
  #text = "";
  #size: Size = { values: 0, blocks: 0 };

  /** Notes what a step has left. */
  note(step: string, main: IrFunction): void {
    const functions = reachableFunctions(main);
    const text = functions.map(printFunction).join("");
    if (text === this.#text) return;
    const before = this.#size;
    this.#text = text;
    this.#size = sizeOf(functions);
    const change = `${before.values} → ${this.#size.values} values, ${before.blocks} → ${this.#size.blocks} blocks`;
    this.#lines.push(`${step}: ${change}`);
  }

  /** A line for each of them. */
  describe(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

function sizeOf(functions: readonly IrFunction[]): Size {
  const blocks = functions.flatMap((fn) => fn.blocks);
  return { blocks: blocks.length, values: blocks.reduce((sum, { instructions }) => sum + instructions.length, 0) };
}
