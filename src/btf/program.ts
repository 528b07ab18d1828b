/**
 * BTF of a program: its functions' types and where its instructions come from, so that the verifier's log and
 * `bpftool prog dump` speak of the user's lines.
 *
 * @module
 */

import { BtfBuilder } from "./encode.ts";
import type { BtfId } from "./types.ts";
import { identifier } from "./values.ts";

/** A function and the slot at which it begins; the main one first. */
export interface ProgramFunction {
  readonly slot: number;
  readonly name: string;
}

/** The source line that begins at a slot. */
export interface ProgramLine {
  readonly slot: number;
  readonly location: { readonly file: string; readonly line: number; readonly column: number };
  readonly text: string;
}

/** What BPF_PROG_LOAD takes besides the instructions. The records' sizes are {@linkcode recordBytes}. */
export interface ProgramBtf {
  readonly btf: Uint8Array<ArrayBuffer>;
  /** `struct bpf_func_info`s. */
  readonly functionInfo: Uint8Array<ArrayBuffer>;
  /** `struct bpf_line_info`s; empty if nothing is known of lines. */
  readonly lineInfo: Uint8Array<ArrayBuffer>;
}

/** Bytes of a record of each kind. */
export const recordBytes: { readonly function: 8; readonly line: 16 } = { function: 8, line: 16 };

/** A type that all programs of this library have, and no others: by it one knows them in the kernel. */
export const generatorMark = "waggle_ebpf_program";

/** The fields of contexts that tools compare by name (libxdp's dispatcher); all are `u32`. Others stay opaque. */
const contextFields: Readonly<Record<string, readonly string[]>> = {
  xdp_md: ["data", "data_end", "data_meta", "ingress_ifindex", "rx_queue_index", "egress_ifindex"],
};

/**
 * Builds a program's BTF with function and line records.
 *
 * @param functions The main function, `int name(struct context *)`, then subprograms.
 * @param lines In any order; what the kernel would refuse (two at one slot, a function without) is put right.
 * @param context The struct that the main function's parameter points to.
 * @returns The three sections.
 */
export function buildProgramBtf(
  functions: readonly ProgramFunction[],
  lines: readonly ProgramLine[],
  context = "xdp_md",
): ProgramBtf {
  const builder = new BtfBuilder();
  const int = builder.add({ kind: "int", name: "int", size: 4, encoding: "signed" });
  const pointer = builder.add({ kind: "pointer", type: addContext(builder, context) });
  const main = builder.add({ kind: "prototype", result: int, parameters: [{ name: "ctx", type: pointer }] });
  // Static functions are checked by what they are called with, not by their prototypes: a bare one will do.
  const subprogram = builder.add({ kind: "prototype", result: int, parameters: [] });
  const functionInfo = records(functions, recordBytes.function, ({ slot, name }, index) => [
    slot,
    builder.add({
      kind: "function",
      name: identifier(name),
      type: index === 0 ? main : subprogram,
      linkage: index === 0 ? "global" : "static",
    }),
  ]);
  const lineInfo = records(acceptableLines(functions, lines), recordBytes.line, ({ slot, location, text }) => [
    slot,
    builder.string(printable(location.file)),
    builder.string(printable(text)),
    packPosition(location.line, location.column),
  ]);
  builder.add({ kind: "typedef", name: generatorMark, type: int });
  return { btf: builder.encode(), functionInfo, lineInfo };
}

function addContext(builder: BtfBuilder, name: string): BtfId {
  const fields = contextFields[name] ?? [];
  const type = fields.length ? builder.add({ kind: "int", name: "unsigned int", size: 4 }) : 0;
  const members = fields.map((field, index) => ({ name: field, type, bitOffset: index * 32 }));
  return builder.add({ kind: "struct", name, size: fields.length * 4, members });
}

function records<T>(
  items: readonly T[],
  size: number,
  words: (item: T, index: number) => readonly number[],
): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(items.length * size);
  const view = new DataView(buffer);
  items.forEach((item, index) =>
    words(item, index).forEach((word, position) => view.setUint32(index * size + position * 4, word, true))
  );
  return new Uint8Array(buffer);
}

/** The kernel wants lines in strictly rising order of slots, and one at the very start of each function. */
function acceptableLines(functions: readonly ProgramFunction[], lines: readonly ProgramLine[]): readonly ProgramLine[] {
  if (lines.length === 0) return [];
  const bySlot = new Map<number, ProgramLine>();
  for (const line of lines) bySlot.set(line.slot, line);
  const sorted = [...bySlot.values()].sort((a, b) => a.slot - b.slot);
  for (const { slot } of functions) {
    if (bySlot.has(slot)) continue;
    const nearest = sorted.find((line) => line.slot > slot) ?? sorted[sorted.length - 1];
    bySlot.set(slot, { ...nearest, slot });
  }
  return [...bySlot.values()].sort((a, b) => a.slot - b.slot);
}

/** 22 bits of line, 10 of column; what does not fit is the largest that does. */
function packPosition(line: number, column: number): number {
  return (Math.min(line, 0x3fffff) << 10 | Math.min(column, 0x3ff)) >>> 0;
}

/** Strings must not contain NUL. */
function printable(text: string): string {
  return text.replaceAll("\0", " ");
}
