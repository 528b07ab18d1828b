/**
 * Random accesses to packets: reads, writes, comparisons with the length, headers.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { expression, type Piece, statement } from "./piece.ts";
import type { Scope } from "./scope.ts";
import type { Shape } from "./shapes.ts";

export function packetRead(scope: Scope): Piece {
  const { random } = scope;
  if (random.chance(30)) return expression("number", "packet.byteLength");
  const bits = random.pick([8, 16, 32]);
  const order = bits > 8 && random.chance(50) ? ", true" : "";
  return expression("number", `packet.get${random.pick(["Uint", "Int"])}${bits}(`, randomOffset(scope, 0), `${order})`);
}

/** 64 bits of the packet. */
export function packetReadLong(scope: Scope): Piece {
  const { random } = scope;
  const end = random.pick([")", ", true)"]);
  return expression("bigint", `packet.getBig${random.pick(["Uint", "Int"])}64(`, randomOffset(scope, 0), end);
}

export function packetWrite(scope: Scope): Piece {
  const { random } = scope;
  if (scope.hasWords && random.chance(30)) {
    const value = randomExpression(scope, "bigint", 2);
    const end = random.pick([");\n", ", true);\n"]);
    return statement(`packet.setBig${random.pick(["Uint", "Int"])}64(`, randomOffset(scope, 1), ", ", value, end);
  }
  const [bits, order] = [random.pick([8, 16, 32]), random.pick(["", ", true", ", false"])];
  const value = randomExpression(scope, "number", 2);
  const setter = `packet.set${random.pick(["Uint", "Int"])}${bits}(`;
  return statement(setter, randomOffset(scope, 1), ", ", value, `${bits === 8 ? "" : order});\n`);
}

/** Where a packet is accessed: mostly inside. */
function randomOffset(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const of = (...parts: (string | Piece)[]) => expression("number", ...parts);
  if (scope.indexes > 0 || random.chance(50)) return of(String(random.below(40)));
  scope.indexes++;
  const offset = randomExpression(scope, "number", depth);
  scope.indexes--;
  switch (random.below(5)) {
    case 0:
      return offset;
    case 1:
      return of("((", offset, ` & 31) ${random.pick(["+", "-"])} ${random.below(20)})`);
    case 2:
      return of("(", offset, " % 50)");
    default:
      return of("((", offset, ` & ${random.pick([7, 15, 31, 63])}) + ${random.below(20)})`);
  }
}

/** A comparison with the packet's length, in any arrangement. */
export function lengthTest(scope: Scope): Piece {
  const { random } = scope;
  const bytes = String(14 + random.below(40));
  const offset = randomOffset(scope, 1);
  const [left, right] = random.pick([
    [["packet.byteLength"], [bytes]],
    [["packet.byteLength"], [offset, " + ", String(random.below(20))]],
    [["packet.byteLength - ", bytes], [offset]],
    [["packet.byteLength - ", offset], [bytes]],
  ]);
  const sides = random.chance(70) ? [left, right] : [right, left];
  return expression("boolean", "(", ...sides[0], random.pick([" < ", " <= ", " > ", " >= "]), ...sides[1], ")");
}

const scalar = (type: string): Shape => ({ kind: "scalar", type });
const nibble: Shape = { kind: "bits", width: 4 };

/** Headers of the library, with those of their fields that are numbers. */
export const HEADERS: Readonly<Record<string, Shape>> = {
  Ethernet: { kind: "struct", packed: true, fields: [["etherType", scalar("be16")]] },
  IPv4: {
    kind: "struct",
    packed: true,
    fields: [
      ["headerWords", nibble],
      ["version", nibble],
      ["totalLength", scalar("be16")],
      ["ttl", scalar("u8")],
      ["protocol", scalar("u8")],
      ["checksum", scalar("be16")],
    ],
  },
  Udp: { kind: "struct", packed: true, fields: [["source", scalar("be16")], ["length", scalar("be16")]] },
};

/** A local that holds a header. */
export function headerDeclaration(scope: Scope): Piece {
  const { random } = scope;
  const name = scope.fresh("h");
  const header = random.pick(Object.keys(HEADERS));
  const offset = random.chance(30) ? [] : [", ", randomOffset(scope, 1)];
  scope.declareView({ name, shape: HEADERS[header] });
  return statement(`const ${name} = packet.header(${header}`, ...offset, ");\n");
}
