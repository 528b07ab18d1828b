/**
 * Which test files are meant.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Finds `*_test.ts` below `tests/`; what tests read or start lies in folders named `testdata` and is no test itself.
 *
 * @param wanted Files, or parts of paths; all tests when empty.
 * @returns Paths from the repository's root, sorted.
 */
export function findTests(wanted: readonly string[]): readonly string[] {
  const option = wanted.find((argument) => argument.startsWith("-"));
  if (option !== undefined) throw new Error(`Cannot run the tests: unknown option ${option}`);
  const all = walk("tests").filter((path) => path.endsWith("_test.ts"));
  if (wanted.length === 0) return all;
  const found = wanted.flatMap((part) => isFile(part) ? [part] : matching(all, part));
  return [...new Set(found)].sort();
}

function matching(all: readonly string[], part: string): readonly string[] {
  const found = all.filter((path) => path.includes(part));
  if (found.length === 0) throw new Error(`Cannot run the tests: no file matches ${JSON.stringify(part)}`);
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return [path];
      return entry.name === "testdata" ? [] : walk(path);
    });
}
