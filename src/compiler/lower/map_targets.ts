/**
 * Methods of maps whose entries are places that packets are redirected to.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import { u32 } from "../../types/scalar.ts";
import { ACTIONS } from "./context.ts";
import { callHelper, has, look } from "./map_elements.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { converted } from "./memory.ts";
import { type Operand, UNDEFINED } from "./operand.ts";

/** The kernel's flags for redirecting to all of a map (include/uapi/linux/bpf.h). */
const BROADCAST = 8n, EXCLUDE_INGRESS = 16n;

/** Processors: the verifier lets programs only redirect to them. */
export const CPUS: MapMethods = { redirect: (call) => redirect(call) };

/** Sockets. */
export const SOCKETS: MapMethods = { ...CPUS, has: (call) => has(call) };

/** Interfaces. */
export const DEVICES: MapMethods = { ...SOCKETS, get: (call) => look(call), broadcast: (call) => broadcast(call) };

function redirect(call: MapCall): Operand {
  const { context, operands: [key = UNDEFINED, otherwise = UNDEFINED], span } = call;
  const index = converted(context, u32, key, span).value;
  const fallback = otherwise.kind === "static" ? otherwise.value ?? 0 : undefined;
  if (typeof fallback !== "number" || !Number.isInteger(fallback) || fallback < 0 || fallback >= ACTIONS.max) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      "Cannot fall back on this when redirecting",
      "Give XDP.ABORTED, DROP, PASS or TX",
    );
  }
  return redirectTo(call, index, BigInt(fallback));
}

function broadcast(call: MapCall): Operand {
  const { context, context: { builder }, operands: [options = UNDEFINED], span } = call;
  if (options.kind !== "static") {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      "Cannot choose at run time where packets are sent to",
      "Write true or false: broadcast({ excludeIngress: true })",
    );
  }
  const { excludeIngress = false } = Object(options.value ?? {}) as { readonly excludeIngress?: boolean };
  return redirectTo(call, builder.constant(0n), BROADCAST | (excludeIngress ? EXCLUDE_INGRESS : 0n));
}

function redirectTo(call: MapCall, key: Parameters<typeof callHelper>[2][number], flags: bigint): Operand {
  const { context, context: { builder } } = call;
  const action = callHelper(call, "redirect_map", [key, builder.constant(flags)]);
  return context.word("number", action, ACTIONS);
}
