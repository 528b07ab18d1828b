/**
 * From a program object to IR: the first half of the compiler.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { IrFunction } from "../ir.ts";
import { SPLIT, withinStack } from "../overflow.ts";
import type { Unit } from "../unit.ts";
import { demandNoThis } from "./arrows.ts";
import type { Builder } from "./builder.ts";
import { bindParameters, lowerBody } from "./calls.ts";
import { Context } from "./context.ts";
import { planFunctions, type Separate } from "./functions.ts";
import { placeEnd } from "./leave.ts";
import { requireBytes } from "./memory.ts";
import { known } from "./operand.ts";
import { beginScratch } from "./scratch.ts";
import { beginSlots } from "./stack.ts";

/** How to lower a program. */
export interface LowerOptions {
  /** `"bpf_loop"`: loops are not unrolled where they need not be. */
  readonly loops?: "plain" | "bpf_loop";
  /** Whether functions that are called more than once may be emitted once. Default `true`. */
  readonly separate?: boolean;
}

/**
 * Lowers a program.
 *
 * @throws {EbpfError} If the text is outside the language.
 */
export function lower(unit: Unit, { loops = "plain", separate = true }: LowerOptions = {}): IrFunction {
  const builder = lowerProgram(unit, loops, []);
  const plan = separate ? planFunctions(builder.calls, (fn) => unit.isSeparate?.(fn) ?? false) : [];
  return plan.length === 0 ? builder.fn : lowerProgram(unit, loops, plan).fn;
}

/**
 * Lowers it without counting the turns of loops that end by themselves; with that, where sums are too large without, or where
 * the verifier has given up: it finds an end of what is counted.
 */
function lowerProgram(unit: Unit, loops: "plain" | "bpf_loop", plan: readonly Separate[]): Builder {
  const context = new Context(unit, loops, plan, loops === "bpf_loop");
  try {
    return lowerIn(context);
  } catch (error) {
    if (!context.hasUncounted || !(error instanceof EbpfError)) throw error;
    return lowerIn(new Context(unit, loops, plan.map((one) => ({ ...one, made: undefined })), true));
  }
}

function lowerIn(context: Context): Builder {
  const { unit } = context;
  const source = context.source(unit.entry);
  context.frame = {
    source,
    fn: unit.entry,
    tree: source.tree,
    caller: undefined,
    thisOperand: known(unit.instance),
    captures: unit.captures(unit.entry),
    returns: context.returns,
    finish: (operand, span) => context.toAction(operand, span),
    scope: { parent: undefined, names: new Map() },
    exits: [],
  };
  context.at(source.tree);
  if (source.tree.form === "arrow") demandNoThis(context, source.tree, source.tree);
  if (unit.minimumPacketSize > 0) requireBytes(context, unit.minimumPacketSize, source.tree);
  withinStack(() => {
    bindParameters(context, source.tree, [{ kind: "packet" }, { kind: "context" }]);
    lowerBody(context, source.tree);
  }, () => tooDeepHere(context));
  const action = placeEnd(context);
  if (action) context.builder.return(action.value);
  beginSlots(context);
  beginScratch(context);
  return context.builder;
}

/** The place that we got to, or the call there, in the program's own text. */
function tooDeepHere({ builder: { origin }, frame: { source, tree } }: Context): EbpfError {
  const offset = origin?.source === source ? origin.offset : tree.start;
  const what = "Cannot follow the program from here: it is nested too deeply";
  return source.error(ErrorCode.TooLarge, what, { start: offset, end: offset + 1 }, SPLIT);
}
