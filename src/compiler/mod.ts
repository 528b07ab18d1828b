/**
 * The compiler: a program object's text in, bytecode out. Pure: no kernel, no I/O.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { MachineFunction } from "./codegen/machine.ts";
import { generate } from "./codegen/mod.ts";
import { type IrFunction, reachableFunctions } from "./ir.ts";
import { expandLaundering } from "./loops/launder.ts";
import { type Arranged, arrangeLoops } from "./loops/mod.ts";
import { lower } from "./lower/mod.ts";
import { legalize } from "./optimize/legalize.ts";
import { EARLY, GATHERING, LATE, optimize, type Pass, Progress, SPLITTING } from "./optimize/mod.ts";
import { tooDeep, withinStack } from "./overflow.ts";
import { moveToScratch, ScratchMap } from "./scratch/mod.ts";
import type { Compiled, Unit } from "./unit.ts";

const DEFAULT_CPU = 3;

/** How to compile. */
export interface CompileOptions {
  /**
   * `"plain"` (the default): loops are jumps, which the verifier follows turn by turn, unless that is known to be too much.
   * `"bpf_loop"`: all loops are functions that the kernel calls back, for programs that were too complex for the verifier.
   */
  readonly loops?: "plain" | "bpf_loop";
  /** The version of the instruction set, 1 to 4; by default the one that every kernel with the features we need has. */
  readonly cpu?: number;
  /** Whether to make the code better than it comes. Without, what the optimizer breaks shows. Default `true`. */
  readonly optimize?: boolean;
  /** Whether what does not fit on the stack may go to scratch memory: a per-CPU map. Default `true`. */
  readonly scratch?: boolean;
  /** Bytes of stack to make do with: less than the kernel gives, to see what does not fit. */
  readonly stack?: number;
  /** Sees the main function, and by it all others, after each step on one of them. */
  readonly observe?: (step: string, main: IrFunction) => void;
  /** Sees each function's machine code after each step of the code generator on it. */
  readonly observeCode?: (step: string, fn: MachineFunction) => void;
}

/**
 * Compiles a program.
 *
 * @throws {EbpfError} If the text is outside the language, with the user's place and a remedy.
 */
export function compile(unit: Unit, options: CompileOptions = {}): Compiled {
  return withinStack(() => attempt(unit, options), () => tooDeep(unit.name));
}

/** What has to be done again of what was done before loops were arranged. */
const AGAIN: Readonly<Record<Arranged, readonly Pass[]>> = { unchanged: [], changed: GATHERING, outlined: EARLY };

/** What takes stack, or saves some. */
interface Frugality {
  /** Functions of their own have frames of their own. */
  readonly separate: boolean;
  /** Parts of arrays and structs have slots of their own, where that suits the verifier. */
  readonly split: boolean;
  /** What does not fit goes to scratch memory. */
  readonly scratch?: true;
}

const ATTEMPTS: readonly Frugality[] = [
  { separate: true, split: true },
  { separate: true, split: false },
  { separate: false, split: false },
];

const WITH_SCRATCH: Frugality = { separate: true, split: false, scratch: true };

/** Generates code, with less stack if it does not fit. */
function attempt(unit: Unit, options: CompileOptions): Compiled {
  const attempts = options.scratch === false ? ATTEMPTS : [...ATTEMPTS, WITH_SCRATCH];
  for (const frugality of attempts.slice(0, -1)) {
    try {
      return generateFrom(unit, options, frugality);
    } catch (error) {
      if (!(error instanceof EbpfError) || error.code !== ErrorCode.TooLarge) throw error;
    }
  }
  return generateFrom(unit, options, attempts[attempts.length - 1]);
}

function generateFrom(unit: Unit, options: CompileOptions, { separate, split, scratch }: Frugality): Compiled {
  const { loops = "plain", cpu = DEFAULT_CPU, optimize: better = true, stack, observe, observeCode } = options;
  const main = lower(unit, { loops, separate });
  observe?.("lower", main);
  const progress = new Map<IrFunction, Progress>();
  const run = (fn: IrFunction, name: string, passes: readonly Pass[]) => {
    if (!better) return;
    const own = progress.get(fn) ?? new Progress();
    progress.set(fn, own);
    optimize(fn, passes, (pass) => observe?.(`${name} ${pass.name} of ${fn.name}`, main), own);
  };
  const arranged = new Map<IrFunction, Arranged>();
  for (const fn of reachableFunctions(main)) {
    legalize(fn, cpu);
    observe?.(`legalize ${fn.name}`, main);
    run(fn, "early", EARLY);
    const change = arrangeLoops(fn, loops === "bpf_loop");
    arranged.set(fn, change);
    if (change !== "unchanged") progress.delete(fn);
    observe?.(`arrange loops of ${fn.name}`, main);
  }
  for (const fn of reachableFunctions(main)) {
    // Functions that loops have become are here for the first time.
    run(fn, "again", AGAIN[arranged.get(fn) ?? "outlined"]);
    run(fn, "late", LATE);
    if (split) run(fn, "last", SPLITTING);
    expandLaundering(fn);
    observe?.(`expand laundering in ${fn.name}`, main);
  }
  const map = new ScratchMap();
  const makeRoom = (functions: readonly IrFunction[], excess: number) => {
    const moved = moveToScratch(functions, excess, map);
    if (moved) observe?.("move to scratch memory", main);
    return moved;
  };
  return generate(main, {
    cpu,
    stack,
    makeRoom: scratch && makeRoom,
    lineText: ({ file, line }) => unit.sourceLine(file, line),
    observe: observeCode && ((step, fn) => observeCode(`code ${step} of ${fn.source.name}`, fn)),
  });
}
