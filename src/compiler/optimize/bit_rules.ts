/**
 * The algebra of masks, shifts and extensions, beside `rules.ts`: what is known of single bits makes them needless, or one of
 * two.
 *
 * @module
 */

import { bitLength, MASK, signed, unsigned } from "../analysis/facts.ts";
import type { BinaryOperator } from "../ir.ts";
import { become, binaryOf, constantOf, isShort, type Rule } from "./algebra.ts";

/** x & m = x where the bits outside m are known to be clear */
const needlessMask: Rule = (value, { of, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const mask = constantOf(value.inputs[1]);
  if (operator !== "and" || mask === undefined || feeds(value)) return undefined;
  const fact = of(value.inputs[0]);
  return (fact.zeros | BigInt.asUintN(width, mask)) === MASK ? value.inputs[0] : undefined;
};

/** (x ^ c) & m = x ^ (c & m) where x has no bits outside m */
const maskOfFlipped: Rule = (value, { constants, of, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const mask = constantOf(right, width);
  if (operator !== "and" || mask === undefined || binaryOf(left)?.operator !== "xor" || feeds(value)) return undefined;
  const flipped = constantOf(left.inputs[1]);
  const bits = BigInt.asUintN(width, mask);
  if (flipped === undefined || (of(left.inputs[0]).zeros | bits) !== MASK || binaryOf(left)!.width < width) {
    return undefined;
  }
  return become(value, "xor", width, [left.inputs[0], constants.of(BigInt.asIntN(width, flipped & bits))]);
};

/** (x extended) & m = x & m where m has none of the bits that the extension made */
const maskOfExtension: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const mask = constantOf(right, width);
  if (operator !== "and" || mask === undefined || left.operation.kind !== "extend") return undefined;
  const bits = width === 32 ? BigInt.asUintN(32, mask) : mask;
  if (bits < 0n || bitLength(bits) > left.operation.bits) return undefined;
  return become(value, "and", width, [left.inputs[0], constants.of(bits)]);
};

/** x >> n = x >>> n where x is not negative */
const shiftOfPositive: Rule = (value, { of }) => {
  const { operator, width } = binaryOf(value)!;
  if (operator !== "ashr") return undefined;
  return of(value.inputs[0]).zeros >> BigInt(width - 1) & 1n ? become(value, "lshr", width, value.inputs) : undefined;
};

/** (x << a) << b = x << (a + b), and so for the other shifts */
const shiftsTogether: Rule = (value, { constants }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const inner = binaryOf(left);
  const outerCount = constantOf(right);
  const innerCount = inner && constantOf(left.inputs[1]);
  if (outerCount === undefined || innerCount === undefined || !isShift(operator)) return undefined;
  if (inner!.operator !== operator || inner!.width !== width) return undefined;
  const most = BigInt(width - 1);
  if (outerCount < 0n || outerCount > most || innerCount < 0n || innerCount > most) return undefined;
  const sum = outerCount + innerCount;
  if (sum > most && operator !== "ashr") return constants.of(0n);
  return become(value, operator, width, [left.inputs[0], constants.of(sum > most ? most : sum)]);
};

/** ((x & m) >>> a) << b = (x >>> a − b) & (m >>> a << b): the verifier learns the same from the last mask */
const maskedShiftBack: Rule = (value, { constants, before, isReadOnce }) => {
  const { operator, width } = binaryOf(value)!;
  const [down, up] = value.inputs;
  const masked = down.inputs[0];
  if (operator !== "shl" || binaryOf(down)?.operator !== "lshr" || binaryOf(masked)?.operator !== "and") {
    return undefined;
  }
  const [a, b, mask] = [
    constantOf(down.inputs[1]),
    constantOf(up),
    constantOf(masked.inputs[1], binaryOf(masked)!.width),
  ];
  if (a === undefined || b === undefined || mask === undefined || !isReadOnce(down)) return undefined;
  const isPlain = mask > 0n && b > 0n && a >= b && a < 32n && binaryOf(down)!.width === 64 && width === 64;
  if (!isPlain || !isShort(mask)) return undefined;
  const shifted = a === b ? masked.inputs[0] : before(value, { kind: "binary", operator: "lshr", width: 64 }, [
    masked.inputs[0],
    constants.of(a - b),
  ]);
  return become(value, "and", 64, [shifted, constants.of(mask >> a << b)]);
};

function isShift(operator: BinaryOperator): boolean {
  return operator === "shl" || operator === "lshr" || operator === "ashr";
}

/** (x << c) >>> c and (x << c) >> c are extensions of the low 64 − c bits */
const shiftThereAndBack: Rule = (value) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const inner = binaryOf(left);
  const count = constantOf(right);
  if (operator !== "lshr" && operator !== "ashr" || inner?.operator !== "shl") return undefined;
  if (width !== 64 || inner.width !== 64 || constantOf(left.inputs[1]) !== count) return undefined;
  const bits = count === 56n ? 8 : count === 48n ? 16 : count === 32n ? 32 : undefined;
  if (!bits) return undefined;
  value.operation = { kind: "extend", bits, signed: operator === "ashr" };
  value.inputs = [left.inputs[0]];
  return value;
};

/** (x >>> c) << c = x & −2ᶜ */
const shiftBackAndThere: Rule = (value, { constants, feeds }) => {
  const { operator, width } = binaryOf(value)!;
  const left = value.inputs[0];
  const right = value.inputs[1];
  const inner = binaryOf(left);
  const count = constantOf(right);
  if (operator !== "shl" || !inner || inner.operator === "shl" || !isShift(inner.operator)) return undefined;
  if (inner.width !== width || count === undefined || constantOf(left.inputs[1]) !== count || feeds(value)) {
    return undefined;
  }
  if (count < 0n || count > 31n) return undefined;
  return become(value, "and", width, [left.inputs[0], constants.of(-(1n << count))]);
};

/** An extension of what is that short already */
const needlessExtension: Rule = ({ operation, inputs }, { of }) => {
  if (operation.kind !== "extend") return undefined;
  const fact = of(inputs[0]);
  const limit = 1n << BigInt(operation.signed ? operation.bits - 1 : operation.bits);
  const range = operation.signed ? signed(fact) : unsigned(fact);
  return range.min >= (operation.signed ? -limit : 0n) && range.max < limit ? inputs[0] : undefined;
};

/** An extension of a word that was extended from as many bits, or more */
const extensionOfExtension: Rule = (value) => {
  const { operation, inputs } = value;
  const inner = inputs[0];
  if (operation.kind !== "extend" || inner.operation.kind !== "extend") return undefined;
  if (operation.bits > inner.operation.bits) return undefined;
  value.inputs = [inner.inputs[0]];
  return value;
};

/** Sign extension of what has a clear sign is zero extension. */
const extensionOfPositive: Rule = (value, { of }) => {
  const { operation, inputs } = value;
  if (operation.kind !== "extend" || !operation.signed) return undefined;
  if ((of(inputs[0]).zeros >> BigInt(operation.bits - 1) & 1n) === 0n) return undefined;
  value.operation = { kind: "extend", bits: operation.bits, signed: false };
  return value;
};

/** For binary operations, with the operators that they are about, in the order in which they are tried. */
export const OF_BITS: readonly (readonly [Rule, readonly BinaryOperator[]])[] = [
  [needlessMask, ["and"]],
  [maskOfExtension, ["and"]],
  [maskOfFlipped, ["and"]],
  [shiftOfPositive, ["ashr"]],
  [shiftsTogether, ["shl", "lshr", "ashr"]],
  [maskedShiftBack, ["shl"]],
  [shiftThereAndBack, ["lshr", "ashr"]],
  [shiftBackAndThere, ["shl"]],
];
/** For extensions. */
export const OF_EXTENSIONS: readonly Rule[] = [needlessExtension, extensionOfExtension, extensionOfPositive];
