/**
 * Whether a program runs as plain JavaScript now: maps then answer as they do in the kernel.
 *
 * Runs are synchronous and nothing else runs in between, so that this is a matter of the moment, not of an object: also
 * maps that a program reaches through captures and static fields are told.
 *
 * @module
 */

let runs = 0;
const endings: (() => void)[] = [];

/** Whether {@linkcode asProgram} is under way. */
export function isInProgram(): boolean {
  return runs > 0;
}

/** Does something as a program does it. */
export function asProgram<Result>(body: () => Result): Result {
  runs++;
  try {
    return body();
  } finally {
    runs--;
    if (runs === 0) endings.splice(0).forEach((end) => end());
  }
}

/** Does something when the run that is under way is over, whatever its outcome. */
export function whenOver(end: () => void): void {
  if (isInProgram()) endings.push(end);
}
