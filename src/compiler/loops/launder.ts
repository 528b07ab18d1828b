/**
 * Numbers that the verifier must not follow.
 *
 * One that a branch of a loop changes has another value on each way through all turns, and the verifier would remember them
 * all until it gives up. Such a number is laundered at the end of each turn: then it is the same unknown one on all ways.
 * Laundering is exclusive or with a zero that the verifier does not know to be one.
 *
 * @module
 */

import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { pointersOf } from "../analysis/pointers.ts";
import { type Block, type Edge, type IrFunction, isPure, successors, type Value } from "../ir.ts";
import { contains, I32, U32 } from "../range.ts";
import type { Host } from "./host.ts";
import { appending, type Writer } from "./writer.ts";

/** Loops of so few turns are followed to their end. */
const FEW_TURNS = 4n;

/** Launders what the branches of a function's loops change. */
export function launderLoops({ fn, pointers }: Host): void {
  const known = pointersOf(fn, pointers);
  const visit = (loop: NaturalLoop): void => {
    if ((loop.head.loop?.turns ?? 0n) > FEW_TURNS) launderLoop(fn, loop, known);
    loop.children.forEach(visit);
  };
  loopsOf(fn).forEach(visit);
}

function launderLoop(fn: IrFunction, { head, blocks }: NaturalLoop, pointers: ReadonlySet<Value>): void {
  const joined = new Set([...blocks].flatMap((block) => block === head ? [] : block.parameters));
  const changed = head.parameters.map((parameter, i) =>
    !pointers.has(parameter) && edgesTo(head, blocks).some(({ edge }) => dependsOn(edge.arguments[i], joined))
  );
  for (const { from, edge } of edgesTo(head, fn.blocks)) {
    const writer = appending(fn, from, from.terminator?.origin);
    edge.arguments = edge.arguments.map((value, i) => {
      const isConstant = value.operation.kind === "constant";
      return changed[i] && (isConstant || blocks.has(from)) ? launder(writer, value) : value;
    });
  }
}

function edgesTo(head: Block, from: Iterable<Block>): { from: Block; edge: Edge }[] {
  return [...from].flatMap((block) =>
    successors(block).filter((edge) => edge.block === head).map((edge) => ({ from: block, edge }))
  );
}

/** Whether a value is computed, in registers alone, from one of those in which ways meet. */
function dependsOn(value: Value, joined: ReadonlySet<Value>): boolean {
  const seen = new Set<Value>();
  const visit = (one: Value): boolean => {
    if (joined.has(one)) return true;
    if (seen.has(one) || one.operation.kind === "load" || !isPure(one.operation)) return false;
    seen.add(one);
    return one.inputs.some(visit);
  };
  return visit(value);
}

/** The same number, but unknown; also to the compiler, where it is a constant. */
export function launder(writer: Writer, value: Value): Value {
  const { range } = value;
  const wider = value.operation.kind === "constant" ? [U32, I32].find((one) => contains(one, range!)) : range;
  return writer.emit({ kind: "launder" }, [value], wider);
}

/** Writes out what laundering is. */
export function expandLaundering(fn: IrFunction): void {
  const laundered = fn.blocks.flatMap(({ instructions }) => instructions)
    .filter(({ operation }) => operation.kind === "launder");
  if (laundered.length === 0) return;
  const entry = fn.blocks[0];
  const behind = entry.instructions.findLastIndex(({ operation: { kind } }) =>
    kind === "argument" || kind === "context"
  );
  const rest = entry.instructions.splice(behind + 1);
  const writer = appending(fn, entry, laundered[0].origin);
  const narrow = unknownZero(writer);
  const isNarrow = ({ range }: Value) => range !== undefined && contains(U32, range);
  const wide = laundered.every(isNarrow) ? narrow : doubled(writer, narrow);
  entry.instructions.push(...rest);
  for (const value of laundered) {
    value.operation = { kind: "binary", operator: "xor", width: 64 };
    value.inputs = [value.inputs[0], isNarrow(value) ? narrow : wide];
  }
}

/**
 * A zero of 32 bits. The verifier follows numbers on the stack, but not what is left of one after a byte of it was
 * overwritten: here the upper half of 1, on the machines that the runtimes run on, which are little-endian.
 */
function unknownZero(writer: Writer): Value {
  const slot = writer.emit({ kind: "stackSlot", size: 8 });
  const one = writer.constant(1n);
  writer.emit({ kind: "store", size: 8, offset: 0, region: "stack" }, [slot, one]);
  writer.emit({ kind: "store", size: 1, offset: 0, region: "stack" }, [slot, one]);
  return writer.emit({ kind: "load", size: 4, signed: false, offset: 4, region: "stack" }, [slot], U32);
}

/** A zero of 64 bits from one of 32. */
function doubled(writer: Writer, zero: Value): Value {
  const upper = writer.emit({ kind: "binary", operator: "shl", width: 64 }, [zero, writer.constant(32n)]);
  return writer.emit({ kind: "binary", operator: "or", width: 64 }, [upper, zero]);
}
