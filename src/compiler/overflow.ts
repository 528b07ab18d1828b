/**
 * The engine's own stack: what to say when a text is nested deeper than it lets us follow.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";

/** The remedy for texts that are nested too deeply. */
export const SPLIT = "Split it into several statements or methods, or loop over an array";

/** Does something, and makes the engine's stack overflow an error of ours. */
export function withinStack<T>(body: () => T, refusal: () => EbpfError): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof RangeError && error.message.startsWith("Maximum call stack size"))) throw error;
    throw refusal();
  }
}

/** The error for programs that are too deep as a whole, wherever that showed. */
export function tooDeep(name: string): EbpfError {
  return new EbpfError(ErrorCode.TooLarge, `Cannot generate "${name}": its text is nested too deeply`, {
    remedy: SPLIT,
  });
}
