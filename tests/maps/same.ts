/**
 * Runs tables of programs with maps as plain JavaScript, in the virtual machine and in the kernel, and compares all that they
 * leave.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { beforeAll, describe, it } from "@std/testing/bdd";
import { BpfMap, KeyedMap, PerCpu, Queue, Stack, XDP } from "../../mod.ts";
import { stayOnFirstCpu } from "../support/cpus.ts";
import { needsKernel } from "../support/kernel.ts";

/** Programs by what they show. */
export type Programs = Readonly<Record<string, new () => XDP>>;

const packets = [0, 1, 2, 3, 1].map((first, i) => {
  const packet = Uint8Array.from({ length: 64 }, (_, at) => at * 7 + i & 0xff);
  packet[0] = first;
  return packet;
});

/** The entries of a map as texts, in an order; how many processors there are does not show. */
function entriesOf(map: BpfMap): readonly string[] {
  if (map instanceof Queue || map instanceof Stack) return map.drain().map((value) => JSON.stringify(value));
  // Maps of maps: those in it are fields of their own.
  if (!(map instanceof KeyedMap)) return [];
  const entries = Array.from(map, ([key, value]) => [key, value instanceof PerCpu ? value.sum() : value]);
  const text = (_name: string, x: unknown) => typeof x === "bigint" ? String(x) : x;
  return entries.map((entry) => JSON.stringify(entry, text)).sort();
}

/** The values of all accessors, sums of those that are per CPU. */
function variablesOf(program: object): readonly unknown[] {
  const prototypes: object[] = [];
  for (let at = Object.getPrototypeOf(program); at !== XDP.prototype; at = Object.getPrototypeOf(at)) {
    prototypes.push(at);
  }
  const own = prototypes.flatMap((one) => Object.entries(Object.getOwnPropertyDescriptors(one)));
  const values = own.filter(([, { get, set }]) => get && set).map(([name]) => [name, Reflect.get(program, name)]);
  return values.map(([name, value]) => [name, value instanceof PerCpu ? value.sum() : value]);
}

/** What a program answers, and what is in its maps and variables afterwards: entries in the order of their keys. */
function outcome(Program: new () => XDP, on: "js" | "vm" | "kernel"): unknown {
  using program = new Program();
  const answers = packets.map((packet) => {
    const { name, packet: after, thrown } = program.test(packet, { on });
    if (thrown && (thrown as Error).message !== "on purpose") throw thrown;
    return [name, [...after]];
  });
  const maps = Object.entries(program).filter(([, value]) => value instanceof BpfMap);
  const contents = maps.map(([name, map]) => [name, entriesOf(map)]);
  return { answers, contents, variables: variablesOf(program) };
}

/** Tests each program on packets that begin with 0, 1, 2, 3. */
export function testPrograms(what: string, programs: Programs): void {
  const expectations = new Map<string, unknown>();
  /** What plain JavaScript makes of a program, which runs once for both comparisons. */
  const expected = (title: string): unknown => {
    if (!expectations.has(title)) expectations.set(title, outcome(programs[title], "js"));
    return expectations.get(title);
  };

  describe(what, () => {
    for (const [title, Program] of Object.entries(programs)) {
      it(`${title}: in the virtual machine as in JavaScript`, () => {
        assertEquals(outcome(Program, "vm"), expected(title));
      });
    }
  });

  describe(`${what} in the kernel`, needsKernel("taskset"), () => {
    beforeAll(stayOnFirstCpu);
    for (const [title, Program] of Object.entries(programs)) {
      it(`${title}: as in JavaScript`, () => assertEquals(outcome(Program, "kernel"), expected(title)));
    }
  });
}
