/**
 * Changes of a map's value under its lock: what the verifier allows between lock and unlock, and nothing else.
 *
 * @module
 */

import { helperId, helperName } from "../../bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../../errors.ts";
import type { Origin, Value } from "../ir.ts";
import { Source } from "../source.ts";
import { call as callOperand } from "./calls.ts";
import type { Context } from "./context.ts";
import { addressOf } from "./map_elements.ts";
import type { MapCall } from "./maps.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { placeAt } from "./place.ts";

/** `map.locked(key, (value) => { … })`: whether the key is there. */
export function locked(call: MapCall): Operand {
  const { context, context: { builder }, map, operands: [, change = UNDEFINED], span } = call;
  if (map.lockOffset === undefined) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot lock values of the map ${map.reference.name}: they have no lock`,
      "Make it with { spinLock: true }",
    );
  }
  const address = addressOf(call);
  const [found, missing, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch("ne", address, builder.constant(0n), found, missing);
  builder.place(found);
  const distance = builder.constant(BigInt(map.lockOffset));
  const lock = builder.emit({ kind: "binary", operator: "add", width: 64 }, [address, distance]);
  // Nobody else changes it: no atomic instructions.
  const place = { ...placeAt(map.foundType!, "map", address, 0, 8), isOwn: true };
  holding(context, lock, () => callOperand(context, change, [{ kind: "view", place }], span));
  builder.goto(join, known(true));
  builder.place(missing);
  builder.goto(join, known(false));
  return builder.place(join) ?? UNDEFINED;
}

/** Does something between lock and unlock. Whoever leaves the program from within unlocks first. */
function holding(context: Context, lock: Value, work: () => void): void {
  const { builder, leave, returns, abort } = context;
  const touch = (helper: string) => builder.emit({ kind: "call", callee: helperId(helper) }, [lock]);
  touch("spin_lock");
  const added = builder.mark();
  const blocks = builder.fn.blocks.length;
  const ways = { leave: builder.label(), returns: builder.label(), abort: builder.label() };
  Object.assign(context, ways);
  try {
    work();
  } finally {
    Object.assign(context, { leave, returns, abort });
  }
  refuseCalls(context, added());
  refuseLoops(context, blocks);
  const done = builder.label();
  if (builder.reachable) touch("spin_unlock");
  builder.goto(done);
  for (const [way, to] of [[ways.leave, leave], [ways.returns, returns], [ways.abort, abort]]) {
    const operand = builder.place(way);
    if (builder.reachable) touch("spin_unlock");
    builder.goto(to, operand);
  }
  builder.place(done);
}

function refuseCalls({ builder }: Context, added: readonly Value[]): void {
  for (const { operation, origin } of added) {
    if (operation.kind !== "call") continue;
    const { callee } = operation;
    const name = typeof callee === "number" ? helperName(callee) : callee.name;
    throw refusal(origin ?? builder.origin, `call ${name}()`, "Call it before, and keep what it gives in a variable");
  }
}

function refuseLoops({ builder, builder: { fn } }: Context, first: number): void {
  for (const { loop } of fn.blocks.slice(first)) {
    if (loop) throw refusal(loop.origin ?? builder.origin, "go round in a loop", "Loop before, or a few turns only");
  }
}

function refusal(origin: Origin | undefined, what: string, remedy: string): EbpfError {
  const text = `Cannot ${what} with the lock held`;
  const { source, offset } = origin!;
  const code = ErrorCode.UnsupportedSyntax;
  if (source instanceof Source) return source.error(code, text, { start: offset, end: offset + 1 }, remedy);
  return new EbpfError(code, text, { remedy });
}
