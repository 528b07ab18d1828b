/**
 * Maps that user space cannot change any more.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, HashMap, type Packet, u32, XDP } from "../../mod.ts";
import { binding } from "../../src/maps/mod.ts";
import { updateElement } from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";

class Ports extends XDP {
  ports = new HashMap(u32, u32, { maxEntries: 8 });

  program(packet: Packet) {
    this.ports.set(packet.getUint8(0), 1);
    if (this.ports.has(80)) return XDP.DROP;
  }
}

const packet = new Uint8Array(64).fill(5);

function demandFrozen({ ports }: Ports): void {
  const changes = [() => ports.set(1, 1), () => ports.delete(80), () => ports.clear(), () => ports.getOrInsert(3, 3)];
  for (const change of changes) {
    const error = assertThrows(change, EbpfError, 'Cannot change the map "ports": it is frozen');
    assertEquals(error.code, ErrorCode.NotPermitted);
  }
}

function make(): Ports {
  const program = new Ports();
  program.check();
  program.ports.set(80, 2);
  return program;
}

describe("a frozen map", () => {
  it("is changed by programs only", () => {
    using program = make();
    program.ports.freeze();
    demandFrozen(program);
    for (const on of ["js", "vm"] as const) assertEquals(program.test(packet, { on }).name, "DROP");
    assertEquals([...program.ports].sort(), [[5, 1], [80, 2]].sort());
  });
});

describe("a map that is frozen in the kernel", needsKernel(), () => {
  for (const when of ["before", "after"] as const) {
    it(`${when} it is loaded`, () => {
      using program = make();
      if (when === "before") program.ports.freeze();
      program.load();
      if (when === "after") program.ports.freeze();
      demandFrozen(program);
      assertEquals(program.test(packet, { on: "kernel" }).name, "DROP");
      assertEquals(program.ports.get(5), 1);
      const map = program.ports[binding].share();
      const error = assertThrows(() => updateElement(map, new Uint8Array(4), new Uint8Array(4)), EbpfError, "frozen");
      assertEquals(error.code, ErrorCode.NotPermitted);
    });
  }

  it("is thawed for the next program", () => {
    const program = make();
    program.load();
    program.ports.freeze();
    program.close();
    using next = new Ports();
    next.ports = program.ports;
    next.test(packet, { on: "js" });
    next.ports.set(1, 1);
  });
});
