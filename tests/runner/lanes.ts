/**
 * Which test files may run beside others.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";

/** Files that run one after the other. */
export interface Lane {
  readonly files: readonly string[];
  /** Whether the files may use what only root may: the kernel's programs, maps, interfaces and namespaces. */
  readonly usesMachine: boolean;
}

/**
 * Divides test files into those that use the machine, which never run beside each other, and those that only compute. Two
 * lanes run at the same time where there are two processors.
 *
 * @param files Paths from the repository's root.
 * @param processors How many files may run at a time.
 * @returns What runs at the same time; each of it in this order.
 */
export function lanesOf(
  files: readonly string[],
  processors: number = availableParallelism(),
): readonly (readonly Lane[])[] {
  const lanes = [true, false]
    .map((wanted): Lane => ({ files: files.filter((file) => usesMachine(file) === wanted), usesMachine: wanted }))
    .filter(({ files }) => files.length > 0);
  return processors > 1 ? lanes.map((lane) => [lane]) : [lanes];
}

/** Tests that need root or Linux say so, themselves or in a module of the tests that they import. */
const asks = /"(root|linux)"|\bneedsKernel\(/;
/** What answers them. */
const answers = "tests/support/skip.ts";

/** Whether a test file, or what it imports of the tests, asks for root or Linux. */
export function usesMachine(file: string): boolean {
  return modulesOf(file).some((module) => module !== answers && asks.test(readFileSync(module, "utf8")));
}

/** A file and all below `tests/` that it imports. */
function modulesOf(file: string): readonly string[] {
  const found = new Set<string>([relative(".", file)]);
  for (const module of found) {
    for (const [, path] of readFileSync(module, "utf8").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+\.ts)"/g)) {
      const imported = relative(".", join(dirname(module), path));
      if (imported.startsWith("tests/") && existsSync(imported)) found.add(imported);
    }
  }
  return [...found];
}
