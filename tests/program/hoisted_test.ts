/**
 * Classes that arrow functions give: Deno evaluates their decorators outside of the arrow function. Either the captures
 * mean what they mean where they stand, or they are refused.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, kernel, u32, XDP } from "../../mod.ts";
import { parametersAround } from "../../src/program/hoisted.ts";

const limit = 1;
const PORT = 80;

abstract class Stores extends XDP {
  @globalVar(u32)
  accessor result = 0;
}

const arrow = (limit: number) =>
  class extends Stores {
    @kernel(() => ({ limit }))
    program() {
      this.result = limit;
    }
  };
const nested = (limit: number) => (_: number) =>
  class extends Stores {
    @kernel(() => ({ limit }))
    program() {
      this.result = limit;
    }
  };
const inside = {
  make: (limit: number) => ({
    Program: class extends Stores {
      @kernel(() => ({ limit }))
      program() {
        this.result = limit;
      }
    },
  }),
};
const body = (limit: number) => {
  return class extends Stores {
    @kernel(() => ({ limit }))
    program() {
      this.result = limit;
    }
  };
};
const others = (_: number) =>
  class extends Stores {
    @kernel(() => ({ PORT, limit }))
    program() {
      this.result = PORT + limit;
    }
  };
const ports = () => kernel(() => ({ PORT }));
const wrapped = (_: number) => {
  return class extends Stores {
    @ports()
    program() {
      this.result = PORT;
    }
  };
};
function deep(depth: number): new () => Stores {
  return depth > 0 ? deep(depth - 1) : body(9);
}

/** What the program stores, which is the same compiled and as plain JavaScript; or why it is refused. */
function outcome(Program: new () => Stores): number | string {
  const [plain, compiled] = [new Program(), new Program()];
  try {
    plain.test(new Uint8Array(64));
    compiled.test(new Uint8Array(64), { on: "vm" });
    assertEquals(compiled.result, plain.result);
    return plain.result;
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    assertEquals(error.code, ErrorCode.UnsupportedSyntax);
    return error.message;
  }
}

describe("a class that an arrow function gives", () => {
  for (
    const [title, Program] of Object.entries({ arrow: arrow(5), nested: nested(5)(6), inside: inside.make(5).Program })
  ) {
    it(`captures the parameter or is refused: ${title}`, () => {
      const result = outcome(Program);
      if (typeof result === "number") return assertEquals(result, 5);
      assertStringIncludes(result, "Cannot capture limit here: this runtime evaluates the decorators of a class");
      assertStringIncludes(result, "hoisted_test.ts:");
      assertStringIncludes(result, "For (name) => class … write (name) => { return class … }");
    });
  }

  it("captures it in a body", () => assertEquals(outcome(body(5)), 5));
  it("captures other names", () => assertEquals(outcome(others(5)), 81));
  it("captures through a decorator of one's own", () => assertEquals(outcome(wrapped(5)), 80));
  it("captures far down the stack", () => assertEquals(outcome(deep(30)), 9));
});

describe("the parameters around a class", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "const f = (a: A, b = c) => class {}": ["A", "a", "b", "c"],
    "const f = a => (b) => class X extends Y {}": ["a", "b"],
    "const f = (a) => { return (b) => class {}; }": ["b"],
    "const f = (a) => { class X {} }": [],
    "const o = { f: (a) => 1, g: (b) => [2, class {}] }": ["b"],
    "const f = (a) => wrap((x) => x, new (class {})())": ["a"],
    "const f = (a) => 1; class X {}": [],
  };
  for (const [text, names] of Object.entries(cases)) {
    it(text, () => {
      const found = parametersAround(`\n${text}`, { file: "", line: 2, column: text.indexOf("class") + 1 });
      assertEquals([...found].sort(), names);
    });
  }
});
