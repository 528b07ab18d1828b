/**
 * Helpers for time, chance, text, loops and tail calls.
 *
 * @module
 */

import { Errno, type MachineMap } from "../maps/map.ts";
import { MachineProgramArray } from "../maps/targets.ts";
import { origin, Taint } from "../region.ts";
import type { HelperCall, State } from "../state.ts";
import { formatText } from "./format.ts";

const mostTurns = 8 * 1024 * 1024, mostTailCalls = 33;

/** Nanoseconds since the start; another machine's clock says something else. */
function clock(state: State): void {
  state.putWide(0, state.environment.now(), Taint.Dirty);
}

/** A number that another machine has differently. */
function local(value: (state: State) => bigint): HelperCall {
  return (state) => state.putWide(0, value(state), Taint.Dirty);
}

/** The NUL-terminated text at an address. */
function textAt(state: State, address: bigint): string {
  const region = state.find(Number(BigInt.asIntN(32, address >> 32n)));
  if (!region) return `(bad address ${address.toString(16)})`;
  const from = Number(BigInt.asIntN(32, address)) - origin;
  return terminated(region.bytes(from, Math.max(0, region.end - from)));
}

function terminated(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
}

function print(state: State, format: Uint8Array, values: readonly bigint[]): string {
  return formatText(terminated(format), values, (address) => textAt(state, address));
}

/** Numbers at an address. */
function numbers(bytes: Uint8Array): readonly bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) => view.getBigUint64(index * 8, true));
}

function tracePrint(state: State): void {
  const format = state.input(1, state.low(2));
  // Arguments that the format does not ask for may have no value.
  const text = print(state, format, [state.wide[3], state.wide[4], state.wide[5]]);
  state.trace.push(text);
  state.put(0, text.length);
}

function traceVector(state: State): void {
  const size = state.low(4);
  const values = size ? numbers(state.input(3, size)) : [];
  const text = print(state, state.input(1, state.low(2)), values);
  state.trace.push(text);
  state.put(0, text.length);
}

function formatInto(state: State): void {
  const size = state.low(2) >>> 0, valuesSize = state.low(5);
  const values = valuesSize ? numbers(state.input(4, valuesSize)) : [];
  const format = state.regionArgument(3);
  const text = print(state, format.region.bytes(format.offset, format.region.end - format.offset), values);
  const bytes = new TextEncoder().encode(text);
  if (size) {
    const output = state.output(1, size);
    const kept = bytes.subarray(0, size - 1);
    output.set(kept);
    output[kept.length] = 0;
  }
  state.put(0, bytes.length + 1);
}

/** Calls the function in r2 up to r1 times, with the turn's number and r3. */
function loop(state: State): void {
  const turns = state.low(1) >>> 0, callback = state.meaning<number>(2, "function");
  const context = state.wide[3], contextTaint = state.taints[3];
  if (state.wideArgument(4) !== 0n) return state.put(0, -Errno.EINVAL);
  // The verifier puts this call's own code in its place, and that leaves the high half clear.
  if (turns > mostTurns) return state.putWide(0, BigInt.asUintN(32, BigInt(-Errno.E2BIG)));
  for (let turn = 0; turn < turns; turn++) {
    state.put(1, turn);
    state.putWide(2, context, contextTaint);
    if (state.callback(callback) !== 0 || state.registers[1] !== 0) return state.put(0, turn + 1);
  }
  state.put(0, turns);
}

function tailCall(state: State): number | void {
  const map = state.meaning<MachineMap>(2, "map");
  if (!(map instanceof MachineProgramArray)) throw state.fault("r2 must be a program array");
  const program = map.program(state.low(3) >>> 0);
  if (!program || state.tailCalls >= mostTailCalls) return;
  state.tailCalls++;
  state.switchTo(program);
  return 0;
}

function compareText(state: State): void {
  const size = state.low(2) >>> 0;
  const a = state.input(1, size);
  const other = state.regionArgument(3);
  const b = other.region.bytes(other.offset, other.region.end - other.offset);
  for (let index = 0; index < size; index++) {
    const left = a[index], right = b[index] ?? 0;
    if (left !== right) return state.put(0, left < right ? -1 : 1);
    if (left === 0) break;
  }
  state.put(0, 0);
}

/** The helpers by name. */
export const systemHelpers: Readonly<Record<string, HelperCall>> = {
  ktime_get_ns: clock,
  ktime_get_boot_ns: clock,
  ktime_get_coarse_ns: clock,
  ktime_get_tai_ns: clock,
  jiffies64: local((state) => state.environment.now() / 4_000_000n),
  get_prandom_u32: local((state) => BigInt(state.environment.random() >>> 0)),
  get_smp_processor_id: local((state) => BigInt(state.environment.cpu)),
  get_numa_node_id: local(() => 0n),
  get_current_pid_tgid: local(() => 0n),
  get_current_uid_gid: local(() => 0n),
  trace_printk: tracePrint,
  trace_vprintk: traceVector,
  snprintf: formatInto,
  strncmp: compareText,
  loop,
  tail_call: tailCall,
};
