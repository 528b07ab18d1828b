/**
 * Runs of a program as plain JavaScript: what its text means, without kernel or compiler.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { asProgram } from "../maps/mode.ts";
import type { Description } from "./description.ts";
import { ProgramExit } from "./exit.ts";
import { type Holder, memory } from "./memory.ts";
import { describe } from "./misuse.ts";
import type { TestOptions, TestResult } from "./options.ts";
import { giveMeta, metaBytes, Packet, PacketEnd } from "./packet.ts";
import { currentRun, during, type Run } from "./running.ts";
import { noProgram } from "./unit.ts";
import { wholeContext } from "./xdp_context.ts";

/** What a test says of the world around a run. */
export type Surroundings = Omit<TestOptions, "on" | "repeat">;

/** What runs of a program on one packet came to: packet, metadata and redirection are those of the last one. */
export type RunResult = Omit<TestResult, "name">;

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
  { context, fibLookup, socketLookup, mtu, metadata }: Surroundings,
): RunResult {
  const packet = new Packet(bytes.slice());
  if (metadata) packet[giveMeta](metadata);
  const whole = wholeContext(description.contextFields, context);
  let outcome: Outcome = { action: description.defaultAction };
  const start = performance.now();
  const run = { packet, context: whole, fibLookup, socketLookup, mtu, tailCalls: 0 };
  for (let turn = 0; turn < repeat; turn++) outcome = runOnce(instance, description, { ...run });
  const duration = Math.round((performance.now() - start) * 1e6 / repeat);
  const after = new Uint8Array(packet.buffer, packet.byteOffset, packet.byteLength).slice();
  return { ...outcome, packet: after, metadata: packet[metaBytes].slice(), duration };
}

type Outcome = Pick<RunResult, "action" | "thrown" | "redirectIfindex">;

/** The most tail calls of one run (MAX_TAIL_CALL_CNT, include/linux/bpf.h). */
const mostTailCalls = 33;

/** Ends the run that is going on by going on with another program; returns if there have been too many tail calls. */
export function jump(instance: Holder, description: Description): void {
  const run = currentRun();
  if (!run || run.tailCalls === mostTailCalls) return;
  const outcome = runOnce(instance, description, { ...run, tailCalls: run.tailCalls + 1 });
  run.redirectIfindex = outcome.redirectIfindex;
  throw "thrown" in outcome ? outcome.thrown : new ProgramExit(outcome.action);
}

function runOnce(instance: Holder, description: Description, run: Run): Outcome {
  const { entry, defaultAction, minimumPacketSize, aborted } = description;
  const { packet, context } = run;
  const state = instance[memory];
  if (typeof entry !== "function") throw noProgram(state.name);
  if (packet.byteLength < minimumPacketSize) return { action: defaultAction };
  try {
    const given = during(run, () => {
      state.beginRun();
      return asProgram(() => entry.call(instance, packet, context));
    });
    const action = given === undefined ? defaultAction : demandAction(state.name, given);
    return { action, redirectIfindex: run.redirectIfindex };
  } catch (thrown) {
    if (thrown instanceof PacketEnd) return { action: defaultAction };
    if (thrown instanceof ProgramExit) return { action: demandAction(state.name, thrown.action) };
    if (thrown instanceof EbpfError) throw thrown;
    return { action: aborted, thrown };
  }
}

function demandAction(name: string, given: unknown): number {
  if (typeof given === "number" && Number.isInteger(given)) return given >>> 0;
  throw new EbpfError(ErrorCode.TypeMismatch, `Cannot run "${name}": program() gave ${describe(given)}, no action`, {
    remedy: "Return XDP.PASS or another action, or nothing for defaultAction",
  });
}
