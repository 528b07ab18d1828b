/**
 * Random loops over bytes of the packet, which test its length before they read: as parsers of payloads do.
 *
 * @module
 */

import { randomExpression, randomTarget } from "./expressions.ts";
import { expression, type Piece, statement } from "./piece.ts";
import type { Scope } from "./scope.ts";

const TURNS = [3, 9, 24, 70];

/** Goes on from an offset and puts numbers of the packet together. */
export function scanStatement(scope: Scope): Piece | undefined {
  const { random } = scope;
  const target = scope.hasPacket ? randomTarget(scope, "number") : undefined;
  if (!target) return undefined;
  const [at, turn, found] = [scope.fresh("at"), scope.fresh("i"), scope.fresh("n")];
  const turns = scope.loops > 0 ? 3 : random.pick(TURNS);
  const bits = random.pick([8, 8, 16, 32]);
  const bytes = bits / 8;
  const order = bits > 8 && random.chance(30) ? ", true" : "";
  scope.indexes++;
  const begin = expression(
    "number",
    "(",
    randomExpression(scope, "number", 1),
    ` & ${random.pick([7, 31, 255, 0xffff])})`,
  );
  scope.indexes--;
  const step = random.pick([1, bytes, 2 * bytes]);
  const moves = random.chance(50);
  const offset = moves ? at : `${at} + ${step === 1 ? turn : `${turn} * ${step}`}`;
  const read = `packet.get${random.pick(["Uint", "Int"])}${bits}(${offset}${order})`;
  const tests = [
    `if (${offset}${bytes > 1 ? ` + ${bytes}` : ""} ${bytes > 1 ? ">" : ">="} packet.byteLength) break;\n`,
    `if (packet.byteLength < ${offset} + ${random.pick([bytes, bytes, bytes + 1, 1])}) break;\n`,
    "",
  ];
  const join = random.pick([
    `(${found} << 3) ^ ${read}`,
    `Math.imul(${found}, 31) + ${read} | 0`,
    `${found} | ${read}`,
  ]);
  const length = random.chance(30) ? `${at} += ${random.pick([step, `(packet.getUint8(${at}) & 7) + 1`])}` : undefined;
  const onward = length ?? `${at} += ${step}`;
  const body = scope.inLoop(undefined, { names: [{ name: turn, kind: "number", writable: false }] }, (): Piece[] => [
    statement(random.pick(tests)),
    ...random.chance(30)
      ? [statement(`if (${read} === ${random.below(256)}) ${random.pick(["break", "continue"])};\n`)]
      : [],
    statement(`${found} = ${join};\n`),
    ...random.chance(20) ? [statement("if (", randomExpression(scope, "boolean", 1), ") break;\n")] : [],
  ]);
  return {
    kind: "block",
    parts: [
      `{\nlet ${found} = 0;\n`,
      statement(`let ${at} = `, begin, ";\n"),
      `for (let ${turn} = 0; ${turn} < ${turns}; ${turn}++${moves ? `, ${onward}` : ""}) {\n`,
      ...body,
      "}\n",
      statement("", target.name, ` = ${found};\n`),
      "}\n",
    ],
  };
}
