/**
 * Why a function cannot be emitted by itself, and must be inlined.
 *
 * @module
 */

/** Thrown while a function is lowered by itself; the message says what it does: "it uses …". */
export class Unfit extends Error {}
