/**
 * The packet in the program: a DataView whose accesses are proven or checked (rule 18).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { type AnyScalar, u8 } from "../../types/scalar.ts";
import { describe } from "./builder.ts";
import { type Context, LENGTH } from "./context.ts";
import { converted, load, packetPlace, store } from "./memory.ts";
import { type Operand, UNDEFINED } from "./operand.ts";

/** A DataView method: whether it reads, and the scalar by byte order. */
interface Access {
  readonly reads: boolean;
  readonly bits: number;
  readonly prefix: "u" | "i";
}

const METHOD = /^(get|set)(Big)?(Int|Uint)(8|16|32|64)$/;

/** A property of the packet: its length, or a method to be called. */
export function packetMember(context: Context, name: string, span: Span): Operand {
  if (name === "byteLength") return context.word("number", context.packetLength, LENGTH);
  if (METHOD.test(name)) return { kind: "callable", owner: { kind: "packet" }, name };
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot use packet.${name} in a program`,
    "The packet has byteLength and DataView's get and set methods for integers",
  );
}

/** `packet.getUint16(12)` and its like. */
export function callPacketMethod(context: Context, name: string, operands: readonly Operand[], span: Span): Operand {
  const access = parseMethod(name);
  const [at, ...others] = operands;
  if (at?.kind !== "static" || !Number.isInteger(at.value)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use ${at ? describe(at) : "no offset"} as the offset of packet.${name}()`,
      "The offset must be an integer known at generation time",
    );
  }
  const offset = at.value as number;
  if (offset < 0) {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot access the packet at byte ${offset}`,
      "Offsets count from 0, the first byte of the Ethernet header",
    );
  }
  const type = scalarOf(context, access, others[access.reads ? 0 : 1], span);
  if (access.reads) return load(context, packetPlace(context, type, offset, span), span);
  const word = converted(context, type, others[0] ?? UNDEFINED, span);
  store(context, packetPlace(context, type, offset, span), word.value, span);
  return UNDEFINED;
}

function parseMethod(name: string): Access {
  const [, verb, , sign, bits] = METHOD.exec(name)!;
  return { reads: verb === "get", bits: Number(bits), prefix: sign === "Int" ? "i" : "u" };
}

/** DataView's last argument says little-endian; network order without it. */
function scalarOf(context: Context, { bits, prefix }: Access, little: Operand | undefined, span: Span): AnyScalar {
  if (little && little.kind !== "static") {
    context.fail(ErrorCode.UnsupportedSyntax, span, "Cannot choose the byte order at run time", "Write true or false");
  }
  const size = bits / 8 as AnyScalar["size"];
  return {
    ...u8,
    name: `${little?.value ? "le" : "be"}${bits}`,
    size,
    alignment: 1,
    signed: prefix === "i",
    endian: little?.value ? "little" : "big",
    value: size === 8 ? "bigint" : "number",
  };
}
