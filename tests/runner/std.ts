/**
 * Whether the tests can have the real `@std` from JSR.
 *
 * @module
 */

/** Where `@std` comes from. */
export type StdSource = "jsr" | "local";

/** A choice and its reason. */
export interface Std {
  readonly source: StdSource;
  readonly reason: string;
}

/**
 * Asks JSR once.
 *
 * @param override The environment variable `STD`, if it is set.
 * @returns Where to take `@std` from.
 */
export async function chooseStd(override: string | undefined): Promise<Std> {
  if (override === "jsr" || override === "local") return { source: override, reason: "STD says so" };
  if (override) throw new Error(`Cannot run the tests: STD is "${override}", expected "jsr" or "local"`);
  try {
    const answer = await fetch("https://jsr.io/@std/testing/meta.json", { signal: AbortSignal.timeout(3000) });
    await answer.body?.cancel();
    if (answer.ok) return { source: "jsr", reason: "JSR answers" };
    return { source: "local", reason: `JSR answers with status ${answer.status}` };
  } catch {
    return { source: "local", reason: "JSR cannot be reached" };
  }
}
