/**
 * Runs of a program as plain JavaScript: what its text means, without kernel or compiler.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { asProgram } from "../maps/mode.ts";
import type { Description } from "./description.ts";
import { ProgramExit } from "./exit.ts";
import { type Holder, type Memory, memory } from "./memory.ts";
import { describe } from "./misuse.ts";
import { Packet, PacketEnd } from "./packet.ts";
import { Program } from "./program.ts";
import { noProgram } from "./unit.ts";

/** What runs of a program on one packet came to. */
export interface RunResult {
  readonly action: number;
  /** The packet after the last run. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
  /** What the last run threw and did not catch. */
  readonly thrown?: unknown;
}

/**
 * Calls `program()` on a copy of a packet.
 *
 * @throws {EbpfError} `NoProgram`; `TypeMismatch` if the program gives what is no action; the library's own errors, as
 * `Closed`.
 */
export function runAsJavaScript(
  instance: Holder,
  description: Description,
  bytes: Uint8Array,
  repeat: number,
): RunResult {
  const packet = new Packet(bytes.slice());
  let outcome: Outcome = { action: description.defaultAction };
  const start = performance.now();
  for (let turn = 0; turn < repeat; turn++) outcome = runOnce(instance, description, packet);
  const duration = Math.round((performance.now() - start) * 1e6 / repeat);
  const after = new Uint8Array(packet.buffer, packet.byteOffset, packet.byteLength).slice();
  return { ...outcome, packet: after, duration };
}

type Outcome = Pick<RunResult, "action" | "thrown">;

function runOnce(instance: Holder, description: Description, packet: Packet): Outcome {
  const { entry, defaultAction, minimumPacketSize, aborted } = description;
  const state = instance[memory];
  if (typeof entry !== "function") throw noProgram(state.name);
  if (packet.byteLength < minimumPacketSize) return { action: defaultAction };
  const parts = partsOf(instance);
  for (const part of parts) part.resetLocals();
  try {
    const given = withPacket(parts, packet, () => asProgram(() => entry.call(instance, packet)));
    return { action: given === undefined ? defaultAction : demandAction(state.name, given) };
  } catch (thrown) {
    if (thrown instanceof PacketEnd) return { action: defaultAction };
    if (thrown instanceof ProgramExit) return { action: demandAction(state.name, thrown.action) };
    if (thrown instanceof EbpfError) throw thrown;
    return { action: aborted, thrown };
  }
}

/** The memories of an object and of the objects with variables that its fields lead to, arrays of them included. */
function partsOf(instance: Holder): Set<Memory> {
  const parts = new Set<Memory>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!(value instanceof Program) || parts.has(value[memory])) return;
    parts.add(value[memory]);
    Object.values(value).forEach(visit);
  };
  visit(instance);
  return parts;
}

/** Lends a packet to the objects' packet variables. */
function withPacket<T>(parts: ReadonlySet<Memory>, packet: Packet, body: () => T): T {
  const before = [...parts].map((part) => part.packet);
  for (const part of parts) part.packet = packet;
  try {
    return body();
  } finally {
    [...parts].forEach((part, i) => part.packet = before[i]);
  }
}

function demandAction(name: string, given: unknown): number {
  if (typeof given === "number" && Number.isInteger(given)) return given >>> 0;
  throw new EbpfError(ErrorCode.TypeMismatch, `Cannot run "${name}": program() gave ${describe(given)}, no action`, {
    remedy: "Return XDP.PASS or another action, or nothing for defaultAction",
  });
}
