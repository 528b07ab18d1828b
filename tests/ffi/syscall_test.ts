import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { allocate, ffi, syscallNumber } from "../../src/ffi/mod.ts";
import { type SyscallName, syscallTables } from "../../src/ffi/syscalls.ts";
import { needs } from "../support/skip.ts";

const badDescriptor = -9;
const badAddress = -14;
const page = 4096n;

describe("a system call", needs("linux"), () => {
  it("returns its result", () => assertEquals(ffi().syscall(syscallNumber("getpid")), process.pid));

  it("returns the negated errno, a million times and while memory moves", () => {
    const close = syscallNumber("close");
    const uname = syscallNumber("uname");
    let garbage: Uint8Array[] = [];
    let wrong = 0;
    for (let round = 0; round < 500_000; round++) {
      if (ffi().syscall(close, -1n) !== badDescriptor) wrong += 1;
      if (round % 64 === 0) garbage = [...garbage.slice(-32), new Uint8Array(round % 2000)];
      if (ffi().syscall(uname, 1n) !== badAddress) wrong += 1;
    }
    assertEquals(wrong, 0);
  });

  it("reads its own thread's errno", async () => {
    const worker = new Worker(new URL("testdata/errno_worker.ts", import.meta.url), { type: "module" });
    const messages: unknown[] = [];
    let arrived = () => {};
    worker.onmessage = ({ data }) => (messages.push(data), arrived());
    const message = async () => {
      while (messages.length === 0) await new Promise<void>((resolve) => arrived = resolve);
      return messages.shift();
    };
    assertEquals(await message(), "ready");
    worker.postMessage(200_000);
    const uname = syscallNumber("uname");
    let wrong = 0;
    for (let call = 0; call < 200_000; call++) if (ffi().syscall(uname, 1n) !== badAddress) wrong += 1;
    assertEquals([wrong, await message()], [0, 0]);
    worker.terminate();
  });

  it("returns whole addresses", () => {
    const address = ffi().syscallAddress(syscallNumber("mmap"), 0n, page, 3n, 0x22n, -1n, 0n);
    assert(address > 0xffff_ffffn, `${address}`);
    const bytes = new Uint8Array(ffi().alias(address, Number(page)));
    bytes.fill(7);
    assertEquals(ffi().address(bytes), address);
    bytes.buffer.transfer();
    assertEquals(ffi().syscall(syscallNumber("munmap"), address, page), 0);
  });

  it("returns the negated errno in place of an address", () => {
    assertEquals(ffi().syscallAddress(syscallNumber("mmap"), 0n, page, 3n, 1n, -1n, 0n), BigInt(badDescriptor));
  });
});

describe("allocated memory", needs("linux"), () => {
  it("keeps its address", () => {
    const buffers = Array.from({ length: 200 }, (_, index) => allocate(8 + index));
    const before = buffers.map((buffer) => ffi().address(buffer));
    for (let round = 0; round < 50; round++) {
      const garbage = Array.from({ length: 1000 }, (_, index) => new Uint8Array(index));
      assertEquals(garbage[999].subarray(1).length, 998);
      assertEquals(buffers.map((buffer) => buffer.subarray(1).buffer.byteLength)[0], 8);
    }
    assertEquals(buffers.map((buffer) => ffi().address(buffer)), before);
  });

  it("is zeroed, and what the kernel writes is seen", () => {
    const names = allocate(390);
    assertEquals(names.every((byte) => byte === 0), true);
    assertEquals(ffi().syscall(syscallNumber("uname"), ffi().address(names)), 0);
    assertEquals(new TextDecoder().decode(names.subarray(0, 5)), "Linux");
  });
});

/** The C headers that come with Debian's linux-libc-dev. */
const headers: readonly [architecture: string, path: string][] = [
  ["x64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"],
  ["arm64", "/usr/include/asm-generic/unistd.h"],
  ["riscv64", "/usr/include/asm-generic/unistd.h"],
];

describe("the table of system calls", () => {
  it("has the same names everywhere", () => {
    const [first, ...others] = Object.values(syscallTables).map((table) => Object.keys(table!).sort());
    for (const names of others) assertEquals(names, first);
  });

  for (const [architecture, path] of headers) {
    const missing = !existsSync(path);
    if (missing) console.log(`skipped: needs ${path}`);
    it(`agrees with the kernel's header for ${architecture}`, { ignore: missing }, () => {
      const header = readFileSync(path, "utf8");
      for (const [name, number] of Object.entries(syscallTables[architecture]!) as [SyscallName, number][]) {
        const found = new RegExp(`#define __NR(?:3264)?_${name}\\s+(\\d+)`).exec(header)?.[1];
        assertEquals(`${name} ${number}`, `${name} ${found}`);
      }
    });
  }
});
