/**
 * Counts: what a JUnit report says, and sums of it.
 *
 * @module
 */

/** One test of a report. */
export interface TestCase {
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  readonly message: string;
}

/** Counts that add up, with a line for everything that failed. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly problems: string[] = [];

  /** Adds another's counts. */
  add(other: Tally): void {
    this.passed += other.passed;
    this.failed += other.failed;
    this.skipped += other.skipped;
    this.problems.push(...other.problems);
  }

  /** Counts a failure. */
  fail(problem: string): void {
    this.failed += 1;
    this.problems.push(problem);
  }
}

/** The line that ends a run. */
export function countLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** What became of the process that ran a file. */
export interface Ended {
  /** The file and the runtime, for people. */
  readonly what: string;
  /** The report, or undefined if the process wrote none. */
  readonly report: string | undefined;
  /** The exit status, a signal's name, or words. */
  readonly status: number | string;
  /** Whether suites stand in the report beside their tests, as the real `@std/testing/bdd` makes Deno report them. */
  readonly nested: boolean;
}

/** Counts one file; a file that ran nothing, or failed without a failing test, is a failure itself. */
export function count({ what, report, status, nested }: Ended): Tally {
  const tally = new Tally();
  const all = parseReport(report ?? "");
  const cases = nested ? leaves(all) : all;
  for (const { name, result } of cases) {
    if (result === "failed") tally.fail(`FAILED ${what}: ${name}`);
    else tally[result] += 1;
  }
  if (tally.failed === 0 && status !== 0) tally.fail(`FAILED ${what}: it ended with ${status}`);
  else if (tally.failed === 0 && report === undefined) tally.fail(`FAILED ${what}: it ended without a report`);
  else if (cases.length === 0 && tally.failed === 0) tally.fail(`FAILED ${what}: it has no test`);
  return tally;
}

/** Reads the test cases of a JUnit report. */
export function parseReport(xml: string): readonly TestCase[] {
  return [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, attributes, body = ""]) => {
    const failure = /<(?:failure|error)\b([^>]*)/.exec(body);
    const result = failure ? "failed" : body.includes("<skipped") ? "skipped" : "passed";
    return { name: attribute(attributes ?? "", "name"), result, message: attribute(failure?.[1] ?? "", "message") };
  });
}

/** Leaves suites out: the tests in them are named after them. A suite that failed by itself (in a hook) stays. */
function leaves(cases: readonly TestCase[]): readonly TestCase[] {
  const suites = new Set<string>();
  for (const { name } of cases) {
    for (let end = name.indexOf(" > "); end >= 0; end = name.indexOf(" > ", end + 1)) suites.add(name.slice(0, end));
  }
  return cases.filter(({ name, result, message }) =>
    !suites.has(name) || (result === "failed" && !/^\d+ test steps? failed/.test(message))
  );
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#10": "\n" };

function attribute(attributes: string, name: string): string {
  const [, text = ""] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes) ?? [];
  return text.replace(/&(#?\w+);/g, (whole, entity: string) => entities[entity] ?? whole);
}
