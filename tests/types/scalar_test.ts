import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as types from "../../src/types/mod.ts";
import { type AnyScalar, constantFits, fixed, fixedSteps, isScalar } from "../../src/types/mod.ts";

const scalars = Object.values(types).filter((each): each is AnyScalar =>
  typeof each === "object" && "kind" in each && isScalar(each as types.AnyType)
);
const integers = scalars.filter(({ value }) => value === "number" || value === "bigint");

/** Values at and around the limits of all sizes. */
const edges = [0, 1, 7, 8, 15, 16, 31, 32, 33, 63, 64].flatMap((bits) => {
  const power = 1n << BigInt(bits);
  return [power - 1n, power, power + 1n, -power - 1n, -power, 1n - power];
});

describe("scalars", () => {
  it("are exported under their own names", () => {
    for (const scalar of scalars) assert(types[scalar.name as keyof typeof types] === scalar, scalar.name);
    assertEquals(scalars.length, 22);
  });

  it("say their size in their name", () => {
    for (const { name, size, alignment, signed, endian } of integers) {
      assertEquals(size * 8, Number(/\d+/.exec(name)![0]));
      assertEquals(alignment, size);
      assertEquals(signed, name.includes("i"));
      assertEquals(endian, name.startsWith("be") ? "big" : name.startsWith("le") ? "little" : "native");
    }
  });

  it("wrap what is stored to their size, in their byte order", () => {
    for (const type of integers) {
      const bits = type.size * 8;
      for (const edge of edges) {
        if (type.value === "number" && BigInt(Number(edge)) !== edge) continue;
        const view = new DataView(new ArrayBuffer(16));
        type.set(view, 3, type.value === "bigint" ? edge : Number(edge));
        const wrapped = type.signed ? BigInt.asIntN(bits, edge) : BigInt.asUintN(bits, edge);
        assertEquals(BigInt(type.get(view, 3)), wrapped, `${type.name} ${edge}`);
        assertEquals(bytesOf(view, 3, type.size, type.endian !== "big"), BigInt.asUintN(bits, edge));
        assertEquals(bytesOf(view, 0, 3, true), 0n);
        assertEquals(bytesOf(view, 3 + type.size, 5, true), 0n);
      }
    }
  });

  it("read any byte but 0 as true", () => {
    const view = new DataView(new ArrayBuffer(1));
    assertEquals(types.bool.get(view, 0), false);
    view.setUint8(0, 2);
    assertEquals(types.bool.get(view, 0), true);
    types.bool.set(view, 0, true);
    assertEquals(view.getUint8(0), 1);
  });
});

describe("fixed", () => {
  it("rounds to the nearest hundred-thousandth", () => {
    assertEquals(fixedSteps(0.29), 29000n);
    assertEquals(fixedSteps(-0.57), -57000n);
    assertEquals(fixedSteps(0.000004), 0n);
    assertEquals(fixedSteps(NaN), 0n);
    assertEquals(fixedSteps(Infinity), 0n);
  });

  it("reads what it stored", () => {
    const view = new DataView(new ArrayBuffer(8));
    for (const x of [0, 1, -1, 0.5, -0.00001, 123456.78901, -2147483647.5]) {
      fixed.set(view, 0, x);
      assertEquals(fixed.get(view, 0), x);
    }
  });
});

describe("constantFits", () => {
  it("takes what some reading of the bits gives", () => {
    assert(constantFits(types.u8, 255) && constantFits(types.u8, -128) && constantFits(types.i8, 255));
    assert(!constantFits(types.u8, 256) && !constantFits(types.u8, -129));
    assert(constantFits(types.u64, 2n ** 64n - 1n) && !constantFits(types.u64, 2n ** 64n));
    assert(constantFits(types.be32, -(2 ** 31)) && !constantFits(types.be32, 2 ** 32));
  });
});

function bytesOf(view: DataView, offset: number, size: number, little: boolean): bigint {
  let value = 0n;
  for (let index = 0; index < size; index++) {
    value = value << 8n | BigInt(view.getUint8(offset + (little ? size - 1 - index : index)));
  }
  return value;
}
