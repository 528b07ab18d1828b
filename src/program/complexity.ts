/**
 * Programs that are right, but that the verifier gives up on: it looks at a million instructions at most, and remembers 8,192
 * jumps that it has not followed yet (rule 20).
 *
 * @module
 */

import type { Compiled } from "../compiler/unit.ts";
import { EbpfError, ErrorCode, type SourceLocation } from "../errors.ts";

/** E2BIG: what the verifier gives up with. */
const TOO_BIG = 7;

/** Whether the verifier has given up: also on a loop of which it cannot see that it ends. */
export function isTooComplex(error: unknown): error is EbpfError {
  if (!(error instanceof EbpfError) || error.code !== ErrorCode.VerifierRejected) return false;
  return error.errno === TOO_BIG || /too (complex|large)|infinite loop/.test(error.message);
}

/** The error for a program that stays too complex, at the line where the verifier has spent its last steps. */
export function stillTooComplex(error: EbpfError, { lines }: Compiled): EbpfError {
  const { log = "", errno, message } = error;
  const [reason] = message.split("\n");
  return new EbpfError(ErrorCode.VerifierRejected, `${reason}; loops as functions of their own did not help`, {
    log,
    errno,
    cause: error,
    location: locationIn(log, lines),
    remedy: "Make the loop shorter, or its body simpler: fewer decisions a turn",
  });
}

/** The user's line of the last instruction that a log shows. */
function locationIn(log: string, lines: Compiled["lines"]): SourceLocation | undefined {
  const last = [...log.matchAll(/^(\d+): \(/gm)].at(-1)?.[1];
  if (last === undefined) return undefined;
  return lines.findLast(({ slot }) => slot <= Number(last))?.location;
}
