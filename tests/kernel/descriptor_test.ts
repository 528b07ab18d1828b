import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import type { Descriptor } from "../../src/kernel/descriptor.ts";
import { openFile } from "../../src/kernel/files.ts";
import { openDescriptors } from "../support/kernel.ts";
import { needs } from "../support/skip.ts";

function open(): Descriptor {
  const opened = openFile("/dev/null");
  if (typeof opened === "number") throw new Error(`open failed: ${opened}`);
  return opened;
}

describe("Descriptor", needs("linux"), () => {
  it("closes once, even if its number is another file's by then", () => {
    const first = open();
    const { fd } = first;
    first.close();
    using second = open();
    assertEquals(second.fd, fd);
    first.close();
    first[Symbol.dispose]();
    using third = open();
    assertEquals(third.fd === fd, false);
  });

  it("closes at the end of its scope", () => {
    const before = openDescriptors();
    {
      using _file = open();
      assertEquals(openDescriptors(), before + 1);
    }
    assertEquals(openDescriptors(), before);
  });

  it("refuses its number after it is closed", () => {
    const file = open();
    file.close();
    assertEquals(file.closed, true);
    const error = assertThrows(() => file.fd, EbpfError, "Cannot use file /dev/null: it is closed");
    assertEquals(error.code, ErrorCode.Closed);
  });
});
