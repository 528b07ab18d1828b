/**
 * Programs of instructions written by hand, or read from elsewhere: they load, attach and test as all others.
 *
 * @module
 */

import type { Instruction, Listing } from "../bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { BpfMap } from "../maps/mod.ts";
import { generate, type Generated } from "./ebpf.ts";
import { GlobalsMap } from "./globals_map.ts";
import { memory } from "./memory.ts";
import { XDP } from "./xdp.ts";

/** Choices of a {@linkcode RawProgram}. */
export interface RawProgramOptions {
  /** The program's name in the kernel. Default `"raw"`. */
  readonly name?: string;
}

/**
 * A program made of instructions.
 *
 * @example
 * ```ts
 * import { RawProgram } from "@waggle/ebpf";
 * import { asm, exit, r0 } from "@waggle/ebpf/asm";
 *
 * using drop = new RawProgram("xdp", asm(r0.mov(1), exit()));
 * console.log(drop.test(new Uint8Array(64), { on: "vm" }).name === "DROP");
 * ```
 */
export class RawProgram extends XDP {
  readonly #listing: Listing;
  readonly #name: string;

  /**
   * Takes the instructions as they are; nothing is checked before the kernel's verifier or the virtual machine runs them.
   *
   * @param type What kind of program it is: `"xdp"`.
   * @param program Its instructions, or what `asm()` and `assemble()` give. Maps in it must be map
   * objects, or those of other programs' variables.
   * @param options Its name.
   * @throws {EbpfError} `InvalidArgument` for other types.
   */
  constructor(type: "xdp", program: Listing | readonly Instruction[], { name = "raw" }: RawProgramOptions = {}) {
    super();
    if (type !== "xdp") {
      throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make a raw program of type ${String(type)}`, {
        remedy: 'Use "xdp"',
      });
    }
    this.#name = name;
    this.#listing = "instructions" in program ? program : { instructions: program };
  }

  /** Not there: instructions have no meaning as plain JavaScript. */
  override program(): never {
    throw new EbpfError(
      ErrorCode.NotSupported,
      `Cannot run "${this[memory].name}" as plain JavaScript: it has no text`,
      {
        remedy: 'Test it on "vm" or "kernel"',
      },
    );
  }

  /** @ignore */
  override [generate](): Generated {
    const { instructions, functions = [], lines = [] } = this.#listing;
    const maps = new Set(instructions.flatMap(({ map }) => map ?? []));
    const stranger = [...maps].find((map) => !(map instanceof GlobalsMap || map instanceof BpfMap));
    if (stranger) {
      throw new EbpfError(
        ErrorCode.InvalidArgument,
        `Cannot load "${this.#name}": nothing stands for its map ${stranger.name}`,
        {
          remedy: "Refer to a map object: new HashMap(…)",
        },
      );
    }
    const main = { slot: 0, name: this.#name };
    const compiled = {
      instructions,
      maps: [...maps],
      lines: lines.map((line) => ({ ...line, location: { column: 1, ...line.location } })),
      functions: [main, ...functions.filter(({ slot }) => slot > 0)],
    };
    return { compiled, foldedFields: [] };
  }
}
