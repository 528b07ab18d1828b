import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import {
  be16,
  EbpfError,
  ErrorCode,
  globalVar,
  i8,
  kernel,
  localVar,
  packetVar,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { bits } from "../../src/types/mod.ts";

abstract class Empty extends XDP {
  program() {}
}

/** A mistake: the line that the error must name stands below a comment that names the mistake. */
interface Mistake {
  readonly what: string;
  readonly code?: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  /** No place can be told: helpers of the runtime called the decorator. */
  readonly placeless?: true;
  readonly make: () => unknown;
}

const mistakes: readonly Mistake[] = [
  {
    what: "a field",
    message: 'Cannot make a variable of "count": @globalVar stands on a field',
    remedy: 'the word "accessor" is missing',
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a field
        @globalVar(u32)
        count = 0;
      }
      return Count;
    },
  },
  {
    what: "a method",
    message: 'Cannot make a variable of "count": @localVar stands on a method',
    remedy: "Write @localVar(u16) accessor sum = 0",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a method
        @localVar(u32)
        count() {}
      }
      return Count;
    },
  },
  {
    what: "a getter",
    message: 'Cannot make a variable of "count": @packetVar stands on a getter',
    remedy: "Write @packetVar(12, be16) accessor etherType!: number",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a getter
        @packetVar(0, u32)
        get count() {
          return 0;
        }
      }
      return Count;
    },
  },
  {
    what: "a class",
    message: "Cannot make a variable of",
    remedy: "Write @globalVar(u32) accessor count = 0",
    make: () => {
      // @ts-expect-error: a class
      @globalVar(u32)
      class Count extends Empty {}
      return Count;
    },
  },
  {
    what: "a static accessor",
    message: 'Cannot make a variable of "count": it is static',
    remedy: 'Remove "static"',
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a static accessor
        @globalVar(u32)
        static accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "no parentheses",
    message: 'Cannot decorate "count": @globalVar stands there without parentheses',
    remedy: "Write @globalVar(u32) accessor count = 0",
    placeless: true,
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: no parentheses
        @globalVar
        accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "no parentheses after packetVar",
    message: 'Cannot decorate "count": @packetVar stands there without parentheses',
    remedy: "Write @packetVar(12, be16) accessor etherType!: number",
    placeless: true,
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: no parentheses after packetVar
        @packetVar
        accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "no parentheses after kernel",
    message: 'Cannot decorate "program": @kernel stands there without parentheses',
    remedy: "Write @kernel(() => ({ PORT }))",
    placeless: true,
    make: () => {
      class Count extends XDP {
        // @ts-expect-error: no parentheses after kernel
        @kernel
        program() {}
      }
      return Count;
    },
  },
  {
    what: "no type",
    message: "Cannot make a variable with @globalVar: undefined is no type",
    remedy: "Write @globalVar(u32) accessor count = 0",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: no type
        @globalVar()
        accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "a type's name",
    message: 'Cannot make a variable with @localVar: "u32" is no type',
    remedy: "Write @localVar(u16) accessor sum = 0",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a type's name
        @localVar("u32")
        accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "a bit field alone",
    message: "Cannot make a variable with @globalVar: bit fields are for structs",
    remedy: "Write @globalVar(u32) accessor count = 0",
    make: () => {
      class Count extends Empty {
        // a bit field alone
        @globalVar(bits(3))
        accessor count = 0;
      }
      return Count;
    },
  },
  {
    what: "type before offset",
    message: "Cannot make a packet variable at offset [object Object]",
    remedy: "Give a whole number from 0 to 65535, then the type",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: type before offset
        @packetVar(be16, 12)
        accessor etherType!: number;
      }
      return Count;
    },
  },
  {
    what: "a negative offset",
    message: "Cannot make a packet variable at offset -1",
    remedy: "Give a whole number from 0 to 65535",
    make: () => {
      class Count extends Empty {
        // a negative offset
        @packetVar(-1, be16)
        accessor etherType!: number;
      }
      return Count;
    },
  },
  {
    what: "a packet variable's value",
    message: 'Cannot start "etherType" with a value: it stands for bytes of the packet',
    remedy: "Write @packetVar(12, be16) accessor etherType!: number, without a value",
    make: () => {
      class Count extends Empty {
        // a packet variable's value
        @packetVar(12, be16)
        accessor etherType = 0;
      }
      return new Count();
    },
  },
  {
    what: "a number for a bigint",
    message: 'Cannot start "count" with 5: u64 is a bigint in TypeScript',
    remedy: "Write 5n",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a number for a bigint
        @globalVar(u64)
        accessor count = 5;
      }
      return new Count();
    },
  },
  {
    what: "a bigint for a number",
    message: 'Cannot start "count" with 5n: u32 is a number in TypeScript',
    remedy: "Write 5",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a bigint for a number
        @localVar(u32)
        accessor count = 5n;
      }
      return new Count();
    },
  },
  {
    what: "a string for a number",
    message: 'Cannot start "count" with "5": u32 is a number in TypeScript',
    remedy: "Give a number",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: a string for a number
        @globalVar(u32)
        accessor count = "5";
      }
      return new Count();
    },
  },
  {
    what: "too large",
    code: ErrorCode.OutOfRange,
    message: 'Cannot start "count" with 256: it does not fit u8',
    remedy: "Give a value from -2^7 to 2^8 - 1",
    make: () => {
      class Count extends Empty {
        // too large
        @globalVar(u8)
        accessor count = 256;
      }
      return new Count();
    },
  },
  {
    what: "too small",
    code: ErrorCode.OutOfRange,
    message: 'Cannot start "count" with -129: it does not fit i8',
    remedy: "Give a value from -2^7 to 2^8 - 1",
    make: () => {
      class Count extends Empty {
        // too small
        @localVar(i8)
        accessor count = -129;
      }
      return new Count();
    },
  },
  {
    what: "too large for 64 bits",
    code: ErrorCode.OutOfRange,
    message: 'Cannot start "count" with 18446744073709551616: it does not fit u64',
    remedy: "Give a value from -2^63 to 2^64 - 1",
    make: () => {
      class Count extends Empty {
        // too large for 64 bits
        @globalVar(u64)
        accessor count = 2n ** 64n;
      }
      return new Count();
    },
  },
  {
    what: "a fraction",
    code: ErrorCode.OutOfRange,
    message: 'Cannot start "count" with 0.5: u32 holds integers',
    remedy: "Give a whole number",
    make: () => {
      class Count extends Empty {
        // a fraction
        @globalVar(u32)
        accessor count = 0.5;
      }
      return new Count();
    },
  },
  {
    what: "no program",
    message: 'Cannot make a variable of "count": Plain is no program',
    remedy: "Write: class Plain extends XDP",
    make: () => {
      class Plain {
        // @ts-expect-error: no program
        @globalVar(u32)
        accessor count = 0;
      }
      return new Plain();
    },
  },
  {
    what: "assigned to a field",
    message: "Cannot use this.count: it holds the decorator globalVar itself",
    remedy: "Write @globalVar(u32) accessor count = 0",
    make: () => {
      // assigned to a field
      const count = globalVar(u32);
      class Count extends XDP {
        count = count;
        program() {
          // @ts-expect-error: not a number
          return this.count > 1 ? XDP.DROP : XDP.PASS;
        }
      }
      return new Count().assemble();
    },
  },
  {
    what: "captures in a plain object",
    message: "Cannot use @kernel: its captures must be a function, and is an object",
    remedy: "Write @kernel(() => ({ PORT }))",
    make: () => {
      class Count extends XDP {
        // @ts-expect-error: captures in a plain object
        @kernel({ u8 })
        program() {}
      }
      return Count;
    },
  },
  {
    what: "captures on a field",
    message: 'Cannot use @kernel on field "ports"',
    remedy: "Put @kernel(() => ({ PORT })) on a method",
    make: () => {
      class Count extends Empty {
        // @ts-expect-error: captures on a field
        @kernel(() => ({ u8 }))
        ports = [1];
      }
      return Count;
    },
  },
  {
    what: "captures for nothing",
    message: "Cannot use @kernel: its second argument must be a function, and is undefined",
    remedy: "Write @kernel(() => ({ PORT }))",
    make: () => {
      // @ts-expect-error: captures for nothing
      return [kernel(() => ({ u8 }), undefined)];
    },
  },
];

const lines = readFileSync(new URL(import.meta.url), "utf8").split("\n");

describe("misuse of a decorator", () => {
  for (const { what, code = ErrorCode.DecoratorMisuse, message, remedy, placeless, make } of mistakes) {
    it(`${what} is refused`, () => {
      const error = assertThrows(make, EbpfError, message);
      assertEquals(error.code, code);
      assert(error.remedy!.includes(remedy), error.remedy);
      if (placeless) return assertEquals(error.location, undefined);
      assertMatch(error.location!.file, /misuse_test\.ts$/);
      assertEquals(
        error.location!.line,
        lines.findIndex((line) => /^ +\/\/ /.test(line) && line.endsWith(` ${what}`)) + 2,
      );
    });
  }

  it("of the kind that experimentalDecorators makes is refused", () => {
    const legacy = globalVar as (target: object, name: string) => unknown;
    assertThrows(() => legacy({}, "count"), EbpfError, 'Cannot decorate "count"');
    const applied = globalVar(u32) as unknown as (target: object, name: string) => unknown;
    const error = assertThrows(() => applied({}, "count"), EbpfError, "these are not standard decorators");
    assert(error.remedy!.includes("experimentalDecorators"));
  });
});
