/**
 * One eBPF instruction, as data: what the code generator and the assembler make, and what encoder, disassembler and VM read.
 *
 * @module
 */

/** A register: r0 result, r1–r5 arguments, r6–r9 kept across calls, r10 frame pointer. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/**
 * One instruction (struct bpf_insn, include/uapi/linux/bpf.h). The 16-byte `lddw` is one entry with a 64-bit `constant`;
 * its jump distance is two.
 */
export interface Instruction {
  /** What to do: see the opcode table. */
  readonly opcode: number;
  /** The register that is written, as a rule. */
  readonly dst: Register;
  /** The register that is read, or what the operation makes of the four bits. */
  readonly src: number;
  /** Signed 16 bits. */
  readonly offset: number;
  /** Signed 32 bits; for `lddw` the low half. */
  readonly immediate: number;
  /** Only of `lddw` (opcode 0x18): the high half, signed 32 bits. */
  readonly high?: number;
  /** A symbol to be put into `immediate` when the program is loaded: the map whose descriptor belongs there. */
  readonly map?: MapReference;
}

/** A map that has no descriptor yet, known by the object that stands for it. */
export interface MapReference {
  /** The name in disassembly and in the kernel. */
  readonly name: string;
}
