/**
 * The figures of a run as one table: ours beside clang's, and what the one is of the other.
 *
 * @module
 */

/** What `bench.py --json` writes, as far as it is read here. */
export interface Result {
  readonly cases: Readonly<Record<string, { readonly clang: Figures; readonly ours: Figures }>>;
}

interface Figures {
  readonly status: string;
  readonly insns?: number;
  readonly jited?: number;
  readonly verified?: number;
  readonly time?: Readonly<Record<string, { readonly direct: { readonly median: number } }>>;
}

/** Executed instructions of each scenario of a program: clang's and ours. */
export type Executed = ReadonlyMap<string, readonly (readonly [clang: number, ours: number])[]>;

/** Reads them from what `pathlen.py` prints. */
export function executedOf(text: string): Executed {
  const executed = new Map<string, (readonly [number, number])[]>();
  for (const [, name, clang, ours] of text.matchAll(/^(\w+) +\S+ +([\d.]+)\+\S+ \S+ +([\d.]+)\+/gm)) {
    executed.set(name, [...executed.get(name) ?? [], [Number(clang), Number(ours)]]);
  }
  return executed;
}

/** One column: two figures and their ratio. */
type Pair = readonly [clang: number, ours: number] | undefined;

const COLUMNS = ["instructions", "JITed bytes", "executed", "verified", "ns"] as const;

/** The table, a line a program, with geometric means in the last. */
export function tableOf({ cases }: Result, executed: Executed): string {
  const rows = Object.entries(cases).filter(([, { ours, clang }]) => ours.status !== "missing" && clang.status === "ok")
    .map(([name, { clang, ours }]) => {
      const pairs: Pair[] = [
        pair(clang.insns, ours.insns),
        pair(clang.jited, ours.jited),
        mean(executed.get(name)),
        pair(clang.verified, ours.verified),
        mean(times(clang, ours)),
      ];
      return { name, status: ours.status, pairs };
    });
  const head = ["program", "result", ...COLUMNS.map((column) => `${column} (clang, ours)`)];
  const lines = rows.map(({ name, status, pairs }) => [name, status, ...pairs.map(describe)]);
  const means = COLUMNS.map((_, i) => geometricMean(rows.map(({ pairs }) => pairs[i])));
  return inColumns([head, ...lines, ["geometric mean", "", ...means]]);
}

function pair(clang: number | undefined, ours: number | undefined): Pair {
  return clang && ours ? [clang, ours] : undefined;
}

function times(clang: Figures, ours: Figures): readonly (readonly [number, number])[] {
  return Object.entries(clang.time ?? {}).flatMap(([scenario, { direct }]) => {
    const own = ours.time?.[scenario]?.direct.median;
    return own === undefined ? [] : [[direct.median, own]];
  });
}

/** The geometric mean over a program's scenarios. */
function mean(pairs: readonly (readonly [number, number])[] | undefined): Pair {
  if (!pairs || pairs.length === 0) return undefined;
  const of = (values: readonly number[]) =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  return [of(pairs.map(([clang]) => clang)), of(pairs.map(([, ours]) => ours))];
}

function describe(one: Pair): string {
  if (!one) return "-";
  const [clang, ours] = one.map((value) => Number.isInteger(value) ? String(value) : value.toFixed(1));
  return `${clang} ${ours} ${(one[1] / one[0]).toFixed(2)}`;
}

function geometricMean(pairs: readonly Pair[]): string {
  const known = pairs.filter((one) => one !== undefined);
  if (known.length === 0) return "-";
  return Math.exp(known.reduce((sum, [clang, ours]) => sum + Math.log(ours / clang), 0) / known.length).toFixed(3);
}

function inColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  "))
    .join("\n");
}
