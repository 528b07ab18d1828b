/**
 * How a run as plain JavaScript is left early.
 *
 * @module
 */

/** Thrown by `exit()`; only the run itself catches it. */
export class ProgramExit extends Error {
  override readonly name = "ProgramExit";
  readonly action: number;

  constructor(action: number) {
    super("Cannot exit a program that is not running");
    this.action = action;
  }
}
