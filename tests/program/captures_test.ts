import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, kernel, XDP } from "../../mod.ts";
import { capturesOf } from "../../src/program/kernel.ts";

const PORT = 80;
const helper = () => 1;

/** The names and values that a function of these captures sees. */
function read(captures: () => Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(capturesOf(kernel(captures, () => {}))!);
}

describe("captures", () => {
  it("are the thunk's values by the names in its text", () => {
    const renamed = [5];
    assertEquals(read(() => ({ PORT, helper })), { PORT, helper });
    assertEquals(read(() => ({ original: renamed, "quoted": PORT })), { renamed, PORT });
    assertEquals(read(() => ({})), {});
    assertEquals(
      read(() => {
        return { PORT };
      }),
      { PORT },
    );
    assertEquals(
      read(function () {
        return { PORT };
      }),
      { PORT },
    );
  });

  it("where a bundler has put a value in place of a name have no name", () => {
    assertEquals(read(() => ({ PORT: 80, XDP, no: !0, far: 1 / 0, text: "x" })), { XDP });
  });

  it("may be members of a namespace", () => {
    const library = { deep: { PORT } };
    assertEquals(read(() => ({ PI: Math.PI, PORT: library.deep.PORT })), {
      "Math.PI": Math.PI,
      "library.deep.PORT": PORT,
    });
  });

  it("are evaluated when they are asked for", () => {
    let now = 1;
    const fn = kernel(() => ({ now }), () => {});
    now = 2;
    assertEquals(capturesOf(fn)!.get("now"), 2);
  });

  it("belong to the function that they stand at", () => {
    class Program extends XDP {
      @kernel(() => ({ PORT }))
      program() {}
      other() {}
    }
    const { program, other } = Program.prototype;
    assertStrictEquals(capturesOf(program)!.get("PORT"), PORT);
    assertStrictEquals(capturesOf(other), undefined);
    assertEquals(Object.keys(program), []);
  });

  it("that cannot be read are refused where they stand", () => {
    const key = "PORT";
    const others = { PORT };
    const refused = (captures: () => Readonly<Record<string, unknown>>, words: string) => {
      const error = assertThrows(() => read(captures), EbpfError, words);
      assertEquals(error.code, ErrorCode.UnsupportedSyntax);
      assert(error.remedy!.includes("@kernel(() => ({ PORT }))"));
    };
    refused(() => others, "it does not just give an object");
    refused(() => ({ ...others }), "it has a spread element");
    refused(() => ({ [key]: PORT }), "it has a computed key");
    refused((() => others).bind(null), "A bound or built-in function has no text");
    refused(
      () => {
        const table = { PORT };
        table.PORT++;
        return table;
      },
      "it does not just give an object",
    );
  });

  it("that cannot be evaluated tell why", () => {
    const error = assertThrows(() => read(() => ({ later })), EbpfError, "Cannot evaluate the captures: ");
    assertEquals(error.code, ErrorCode.UnknownName);
    assert(error.cause instanceof ReferenceError);
    const later = 1;
    assertEquals(later, 1);
  });
});
