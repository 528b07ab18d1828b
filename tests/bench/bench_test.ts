/**
 * The benchmark programs give the results of their specification on all packets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globalVar, u64, XDP } from "../../mod.ts";
import { needs } from "../support/skip.ts";
import {
  type Case,
  caseOf,
  entriesOf,
  type Expected,
  type ExpectedEntries,
  makeProgram,
  programNames,
  type Sequence,
  type Step,
  variable,
} from "./suite.ts";

type Engine = "js" | "vm" | "kernel";

/** Tells an engine's time. */
class Clock extends XDP {
  @globalVar(u64)
  accessor now = 0n;

  program() {
    this.now = this.bpf.ktimeGetNs();
  }
}

function timeOn(engine: Engine): bigint {
  using clock = new Clock();
  clock.test(new Uint8Array(64), { on: engine });
  return clock.now;
}

async function check(name: string, found: Case, sequence: Sequence, engine: Engine): Promise<void> {
  using program = await makeProgram(name);
  if (engine === "kernel") program.load();
  for (const step of sequence.setup) {
    if ("var" in step) setVariable(program, found, step.var, step.value, engine);
    else setEntry(program, found, step);
  }
  sequence.packets.forEach(({ hex, ret, out = hex, times = 1 }, i) => {
    const { action, packet } = program.test(Uint8Array.fromHex(hex), { on: engine, repeat: times });
    assertEquals([i, action, packet.toHex()], [i, ret, out]);
  });
  for (const [one, expected] of Object.entries(sequence.expect.vars)) {
    demand(one, variable(program, one).value, expected, timeOn(engine));
  }
  for (const [map, expected] of Object.entries(sequence.expect.maps)) demandEntries(program, found, map, expected);
}

function setVariable(
  program: XDP,
  { vars }: Case,
  name: string,
  value: number | { readonly now_minus: number },
  engine: Engine,
): void {
  const now = typeof value === "object" ? timeOn(engine) - BigInt(value.now_minus) : BigInt(value);
  variable(program, name).value = BigInt.asUintN(8 * vars[name].size, now);
}

function setEntry(program: XDP, { maps }: Case, step: Exclude<Step, { readonly var: string }>): void {
  const { store, valueSize } = entriesOf(program, step.map);
  const value = new Uint8Array(new ArrayBuffer(valueSize));
  const view = new DataView(value.buffer);
  if ("value" in step) value.set(Uint8Array.fromHex(step.value).subarray(0, valueSize));
  else if ("ifindex" in step) view.setUint32(0, step.ifindex, true);
  else {
    for (const [field, number] of Object.entries(step.fields)) {
      const [offset, size] = maps[step.map].fields![field];
      for (let i = 0; i < size; i++) view.setUint8(offset + i, Number(BigInt(number) >> BigInt(8 * i) & 0xffn));
    }
  }
  store.update(Uint8Array.fromHex(step.key), value, 0);
}

function demandEntries(program: XDP, { maps }: Case, map: string, { entries, exact }: ExpectedEntries): void {
  const { store, valueSize } = entriesOf(program, map);
  const stride = Math.ceil(valueSize / 8) * 8;
  for (const [key, fields] of Object.entries(entries)) {
    const value = new Uint8Array(new ArrayBuffer(store.valueSize));
    assert(store.lookup(Uint8Array.fromHex(key), value), `${map} has no key ${key}`);
    for (const [field, expected] of Object.entries(fields)) {
      const [offset, size] = maps[map].fields![field];
      let sum = 0n;
      // Where each processor has a value, their sum counts.
      for (let at = offset; at < value.length; at += stride) sum += numberIn(value.subarray(at, at + size));
      demand(`${map}[${key}].${field}`, sum, expected, 0n);
    }
  }
  if (!exact) return;
  const count = [...store.entries()].reduce((sum, piece) => sum + piece.count, 0);
  assertEquals([map, count], [map, Object.keys(entries).length]);
}

function numberIn(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
}

function demand(name: string, found: bigint, expected: Expected, now: bigint): void {
  if (typeof expected === "number") return assertEquals([name, found], [name, BigInt(expected)]);
  const isTime = "now" in expected;
  const [least, most] = isTime ? expected.now : expected;
  const seen = isTime ? found - now : found;
  assert(least <= seen && seen <= most, `${name} is ${seen}, not from ${least} to ${most}`);
}

for (const engine of ["js", "vm", "kernel"] as const) {
  describe(`the benchmark programs on ${engine}`, engine === "kernel" ? needs("linux", "root") : {}, () => {
    for (const name of programNames()) {
      const found = caseOf(name);
      if (!found) throw new Error(`There are no packets for ${name}`);
      found.tests.forEach((sequence) => {
        it(`${name}: ${sequence.name}`, () => check(name, found, sequence, engine));
      });
    }
  });
}
