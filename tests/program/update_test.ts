/**
 * Programs that are replaced while they run: link.update() and reload().
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, HashMap, ProgramArray, SubProgram, u32, u64, XDP } from "../../mod.ts";
import { detachAll, queryXdp } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, type NetworkEnd, TestNetwork } from "../support/network.ts";

class Part extends SubProgram {
  @globalVar(u64)
  accessor bytes = 0n;
}

class Count extends XDP {
  part = new Part();
  @globalVar(u32)
  accessor count = 0;

  program(packet: { readonly byteLength: number }) {
    this.part.bytes += BigInt(packet.byteLength);
    this.count += 1;
    return XDP.PASS;
  }
}

/** Counts by tens, and drops; as another class, with its variables in another order of use. */
class Tens extends XDP {
  @globalVar(u32)
  accessor count = 5;
  part = new Part();

  program() {
    this.count += 10;
    this.part.bytes += 1n;
    return XDP.DROP;
  }
}

class Wide extends XDP {
  @globalVar(u64)
  accessor count = 0n;

  program() {
    this.count += 1n;
  }
}

/** Its action and step are part of its code. */
class Folding extends XDP {
  @globalVar(u32)
  accessor count = 0;
  steps = [1, 2];
  refuse = false;

  program() {
    for (const step of this.steps) this.count += step;
    if (this.refuse) return XDP.DROP;
  }
}

function scene(work: (far: NetworkEnd, near: NetworkEnd) => void): void {
  using network = new TestNetwork();
  network.far.run(() => work(network.far, network.near));
}

/** Sends some frames, and counts what comes through. */
function send(near: NetworkEnd, far: NetworkEnd, frames = 3): number {
  near.send(ethernetFrame(), frames);
  return far.drain().length;
}

function attachedIds({ index }: NetworkEnd): number[] {
  return queryXdp(index).map(({ programId }) => programId);
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

describe("link.update()", needsKernel(), () => {
  for (const persist of [false, true]) {
    const way = persist ? "by netlink" : "by a link";

    it(`puts another program in the first one's place, on its variables (${way})`, () =>
      scene((far, near) => {
        using counter = new Count();
        const link = counter.attach(far.interfaceName, { persist });
        const { programId } = link;
        assertEquals([send(near, far), counter.count, counter.part.bytes], [3, 3, 180n]);
        using tens = new Tens();
        link.update(tens);
        assert(link.programId !== programId && link.attached);
        assertEquals(attachedIds(far), [link.programId]);
        assertEquals([send(near, far, 2), counter.count, tens.count, tens.part.bytes], [0, 23, 23, 182n]);
        tens.count = 7;
        assertEquals(counter.count, 7);
        // It is the other one's now.
        counter.close();
        assertEquals([link.attached, tens.count], [true, 7]);
        assertEquals(tens.detach(far.interfaceName), true);
        assertEquals([link.attached, attachedIds(far)], [false, []]);
      }));

    it(`leaves a loaded program its own variables (${way})`, () =>
      scene((far, near) => {
        using counter = new Count();
        using wide = new Wide();
        const link = counter.attach(far.interfaceName, { persist });
        wide.load();
        link.update(wide);
        assertEquals([send(near, far), counter.count, wide.count], [3, 0, 3n]);
        link.update(counter);
        assertEquals([send(near, far), counter.count, wide.count], [3, 3, 3n]);
        link.update(counter);
        link.detach();
      }));

    it(`leaves everything as it is if that cannot be (${way})`, () =>
      scene((far, near) => {
        const before = openDescriptors();
        const counter = new Count();
        const wide = new Wide();
        const closed = new Count();
        closed.close();
        const link = counter.attach(far.interfaceName, { persist });
        const words = ['put "Wide" in the place of "Count"', "count: u64 at 0 here, count: u32 at 0 there"];
        refused(() => link.update(wide), ErrorCode.InvalidArgument, ...words);
        refused(() => link.update(closed), ErrorCode.Closed);
        assertEquals([send(near, far), counter.count, wide.count], [3, 3, 0n]);
        wide.test(new Uint8Array(64), { on: "kernel" });
        assertEquals(wide.count, 1n);
        link.detach();
        refused(() => link.update(wide), ErrorCode.Closed, "it is detached");
        counter.close();
        wide.close();
        assertEquals(openDescriptors(), before);
      }));
  }

  it("needs the program that is there, and another one", () =>
    scene((far) => {
      const counter = new Count();
      using tens = new Tens();
      const link = counter.attach(far.interfaceName, { persist: true });
      for (const wrong of [undefined, 3, {}, Count]) {
        refused(() => link.update(wrong as unknown as Count), ErrorCode.InvalidArgument, "Cannot update a link with");
      }
      counter.close();
      refused(() => link.update(tens), ErrorCode.Closed, 'Cannot replace "Count": it is closed');
      assertEquals(attachedIds(far), [link.programId]);
      detachAll(far.index);
    }));

  it("gives up where the attachment is gone", () =>
    scene((far) => {
      using counter = new Count();
      using tens = new Tens();
      const link = counter.attach(far.interfaceName, { persist: true });
      detachAll(far.index);
      const error = refused(() => link.update(tens), ErrorCode.Closed, "it is not attached any more");
      assertStringIncludes(error.message, 'program "Tens" in the place of program "Count" on far');
      assertEquals(attachedIds(far), []);
      link.detach();
    }));

  it("loses no packet and no count while live", () =>
    scene((far, near) => {
      using first = new Count();
      const link = first.attach(far.interfaceName);
      const owners: Count[] = [first];
      for (let turn = 0; turn < 20; turn++) {
        near.send(ethernetFrame(), 10);
        const next = new Count();
        link.update(next);
        owners.push(next);
      }
      near.send(ethernetFrame(), 10);
      far.drain();
      assertEquals(owners.map(({ count }) => count), owners.map(() => 210));
      owners.forEach((owner) => owner.close());
      assertEquals(attachedIds(far), []);
    }));
});

/** Counts in a map, by another step each. */
class Mapped extends XDP {
  totals = new HashMap(u32, u32, { maxEntries: 4 });
  spare = new HashMap(u32, u32, { maxEntries: 4 });
  step: number;
  spares: boolean;

  constructor(step: number, spares = false) {
    super();
    this.step = step;
    this.spares = spares;
  }

  program() {
    const total = this.totals.get(1);
    this.totals.set(1, (total ?? 0) + this.step);
    if (this.spares) this.spare.set(1, 1);
  }
}

describe("maps", needsKernel(), () => {
  it("stay with their entries when a program is replaced or generated anew", () =>
    scene((far, near) => {
      const before = openDescriptors();
      const one = new Mapped(1, true);
      const ten = new Mapped(10);
      const link = one.attach(far.interfaceName);
      send(near, far);
      link.update(ten);
      send(near, far);
      assertEquals([one.totals.get(1), ten.totals.get(1), ten.spare.get(1)], [33, 33, 1]);
      ten.reload(() => ten.step = 100);
      send(near, far);
      one.close();
      assertEquals([ten.totals.get(1), ten.spare.get(1)], [333, 1]);
      ten.close();
      assertEquals(openDescriptors(), before);
    }));

  it("must be alike", () =>
    scene((far) => {
      class More extends Mapped {
        override totals = new HashMap(u32, u32, { maxEntries: 5 });
      }
      const before = openDescriptors();
      const one = new Mapped(1);
      const more = new More(1);
      const link = one.attach(far.interfaceName);
      more.totals.set(2, 2);
      refused(() => link.update(more), ErrorCode.InvalidArgument, 'its map "totals" is a Hash map of 5 entries');
      assertEquals(more.totals.get(2), 2);
      one.close();
      more.close();
      assertEquals(openDescriptors(), before);
    }));
});

describe("reload()", needsKernel(), () => {
  it("generates from the fields' new values, wherever the program is attached, and keeps its variables", () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using folding = new Folding();
    using one = folding.attach(far.interfaceName, { namespace: far.path });
    using two = folding.attach(near.interfaceName, { namespace: near.path, persist: true });
    assertEquals([send(near, far), folding.count], [3, 9]);
    refused(() => folding.steps = [5], ErrorCode.Folded, "reload(");
    folding.reload((program) => {
      program.steps = [10];
      program.refuse = true;
    });
    assertEquals([send(near, far), folding.count, folding.refuse], [0, 39, true]);
    assertEquals([one.programId, far.run(() => attachedIds(far))[0]], [two.programId, two.programId]);
    assertEquals(near.run(() => attachedIds(near)), [two.programId]);
    refused(() => folding.steps = [5], ErrorCode.Folded);
    assertThrows(() => folding.steps.push(5), TypeError);
    two.detach();
  });

  it("leaves everything as it was if the new code is refused", () =>
    scene((far, near) => {
      const before = openDescriptors();
      const folding = new Folding();
      const link = folding.attach(far.interfaceName);
      const { programId } = link;
      const steps = folding.steps;
      refused(() => folding.reload(() => folding.steps = ["one"] as unknown as number[]), ErrorCode.TypeMismatch);
      assertThrows(() =>
        folding.reload(() => {
          folding.refuse = true;
          throw new RangeError("no");
        }), RangeError);
      assertEquals([folding.steps, folding.refuse, link.programId], [steps, false, programId]);
      assertEquals([send(near, far), folding.count], [3, 9]);
      refused(() => folding.steps = [5], ErrorCode.Folded);
      folding.close();
      refused(() => folding.reload(), ErrorCode.Closed);
      assertEquals(openDescriptors(), before);
    }));

  it("loads what is not loaded yet", () => {
    using folding = new Folding();
    folding.reload(() => folding.steps = [4]);
    folding.test(new Uint8Array(64), { on: "kernel" });
    assertEquals(folding.count, 4);
    refused(() => folding.steps = [5], ErrorCode.Folded);
  });

  it("gives a part that the new code comes to use variables of its own", () => {
    class Late extends XDP {
      part = new Part();
      uses = false;
      @globalVar(u32)
      accessor count = 0;
      program() {
        this.count += 1;
        if (this.uses) this.part.bytes += 1n;
      }
    }
    const before = openDescriptors();
    {
      using late = new Late();
      late.load();
      late.reload(() => late.uses = true);
      late.test(new Uint8Array(64), { on: "kernel", repeat: 2 });
      assertEquals([late.count, late.part.bytes], [2, 2n]);
    }
    assertEquals(openDescriptors(), before);
  });

  it("reaches the programs that go on with it", () => {
    class Verdict extends XDP {
      action: 1 | 2 = 1;
      program() {
        return this.action;
      }
    }
    class Dispatch extends XDP {
      next = new ProgramArray<Verdict>({ maxEntries: 3 });
      program() {
        this.next.tailCall(2);
        return XDP.ABORTED;
      }
    }
    const before = openDescriptors();
    {
      using dispatch = new Dispatch();
      using verdict = new Verdict();
      dispatch.next.set(1, verdict).set(2, verdict);
      const run = () => dispatch.test(new Uint8Array(64), { on: "kernel" }).name;
      assertEquals(run(), "DROP");
      verdict.reload(() => verdict.action = 2);
      assertEquals(run(), "PASS");
      dispatch.next.delete(2);
      verdict.reload(() => verdict.action = 1);
      assertEquals(run(), "ABORTED");
    }
    assertEquals(openDescriptors(), before);
  });
});
