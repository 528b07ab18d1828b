/**
 * The one way from the adapter to the runtime's own tests: `Deno.test`, or `bun:test` under Bun.
 *
 * @module
 */

/** A test as every runtime understands it. */
export interface RuntimeTest {
  readonly name: string;
  readonly fn: () => Promise<void>;
  readonly ignore: boolean;
  readonly only: boolean;
}

type BunTest = (name: string, fn: () => Promise<void>, timeout: number) => void;

/** Bun gives a test five seconds by default; Deno and the real packages give it all the time it needs. */
const milliseconds = 600_000;

interface Runtimes {
  readonly Deno?: { test(definition: RuntimeTest): void };
  readonly process: { getBuiltinModule(name: string): { readonly test: BunTest & Record<"skip" | "only", BunTest> } };
}

/** Registers a test with the runtime. */
export function runtimeTest(definition: RuntimeTest): void {
  const { Deno, process } = globalThis as unknown as Runtimes;
  if (Deno) return Deno.test(definition);
  const { test } = process.getBuiltinModule("bun:test");
  const { name, fn, ignore, only } = definition;
  const register = ignore ? test.skip : only ? test.only : test;
  register(name, fn, milliseconds);
}
