/**
 * Alignment of two token sequences: which token of a method's text is which token of the user's file.
 *
 * It is a weighted longest common subsequence: names and literals count more than operators, so that an alignment never
 * gives up a name to keep a dot. Assumes that both runtimes keep the order of what they print; gains exact lines where
 * types, comments and folded constants differ; costs a table only between tokens that are not trivially equal, and
 * never more than {@linkcode TABLE} cells at a time.
 *
 * @module
 */

/** What is aligned: ranges of two sequences. */
interface Range {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Cells of the largest table: 0.3 ms of work, 256 KiB. */
const TABLE = 1 << 18;
/** Lengths of the runs by which longer sequences are split, longest first. */
const RUNS = [12, 6, 3, 1];

/**
 * Aligns `a` with `b`.
 *
 * @returns For each token of `a` the index of its token of `b`, or -1.
 */
export function align(a: Int32Array, b: Int32Array, weights: readonly number[]): Int32Array {
  const matches = new Int32Array(a.length).fill(-1);
  const work: Range[] = [{ aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length }];
  // Splitting reads a range once for each length; text made to split badly must not make that quadratic.
  let budget = 64 * (a.length + b.length);
  for (let range = work.pop(); range; range = work.pop()) {
    const rest = matchEnds(a, b, range, matches);
    const height = rest.aEnd - rest.aStart;
    const width = rest.bEnd - rest.bStart;
    if (height === 0 || width === 0) continue;
    if (height * width <= TABLE) {
      matchByTable(a, b, rest, weights, matches);
      continue;
    }
    const parts = budget > 0 ? splitByRuns(a, b, rest) : undefined;
    budget -= height + width;
    if (parts) { for (const part of parts) work.push(part); }
    else work.push(matchWindow(a, b, rest, weights, matches));
  }
  return matches;
}

/** Matches equal beginnings and ends; gives what is left between. */
function matchEnds(a: Int32Array, b: Int32Array, range: Range, matches: Int32Array): Range {
  let { aStart, aEnd, bStart, bEnd } = range;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) matches[aStart++] = bStart++;
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) matches[--aEnd] = --bEnd;
  return { aStart, aEnd, bStart, bEnd };
}

const TAKE = 0, SKIP_A = 1, SKIP_B = 2;

/**
 * The textbook table, from the end so that ties keep what comes first; gives the way through it.
 *
 * Only two rows of scores are kept, and one byte a cell for the way.
 */
function fillTable(a: Int32Array, b: Int32Array, range: Range, weights: readonly number[]): Uint8Array {
  const { aStart, bStart } = range;
  const height = range.aEnd - aStart;
  const width = range.bEnd - bStart;
  const ways = new Uint8Array(height * width);
  let below = new Int32Array(width + 1);
  let scores = new Int32Array(width + 1);
  for (let row = height - 1; row >= 0; row--) {
    const token = a[aStart + row]!;
    const weight = weights[token]!;
    let right = 0;
    for (let column = width - 1; column >= 0; column--) {
      const down = below[column]!;
      let best = down >= right ? down : right;
      let way = down >= right ? SKIP_A : SKIP_B;
      if (token === b[bStart + column]) {
        const taken = below[column + 1]! + weight;
        if (taken >= best) {
          best = taken;
          way = TAKE;
        }
      }
      ways[row * width + column] = way;
      scores[column] = right = best;
    }
    [below, scores] = [scores, below];
  }
  return ways;
}

/** Walks the table; stops early where a sequence has advanced by its limit. Gives where it stopped. */
function matchByTable(
  a: Int32Array,
  b: Int32Array,
  range: Range,
  weights: readonly number[],
  matches: Int32Array,
  aLimit = range.aEnd - range.aStart,
  bLimit = range.bEnd - range.bStart,
): { readonly a: number; readonly b: number } {
  const ways = fillTable(a, b, range, weights);
  const width = range.bEnd - range.bStart;
  let row = 0, column = 0;
  while (row < aLimit && column < bLimit) {
    const way = ways[row * width + column];
    if (way === TAKE) matches[range.aStart + row++] = range.bStart + column++;
    else if (way === SKIP_A) row++;
    else column++;
  }
  return { a: range.aStart + row, b: range.bStart + column };
}

/** Text that repeats itself so much that no run is unique: aligns its beginning, and gives the rest. */
function matchWindow(
  a: Int32Array,
  b: Int32Array,
  range: Range,
  weights: readonly number[],
  matches: Int32Array,
): Range {
  const height = Math.min(range.aEnd - range.aStart, Math.sqrt(TABLE));
  const width = Math.min(range.bEnd - range.bStart, Math.floor(TABLE / height));
  const window = { ...range, aEnd: range.aStart + height, bEnd: range.bStart + width };
  const stopped = matchByTable(a, b, window, weights, matches, Math.ceil(height / 2), Math.ceil(width / 2));
  return { ...range, aStart: stopped.a, bStart: stopped.b };
}

/** Splits a long range at runs of tokens that occur once in both, in the same order; `undefined` without any. */
function splitByRuns(a: Int32Array, b: Int32Array, range: Range): readonly Range[] | undefined {
  for (const length of RUNS) {
    const pairs = increasing(uniquePairs(a, b, range, length));
    if (pairs.length === 0) continue;
    const parts: Range[] = [];
    let { aStart, bStart } = range;
    for (const { a, b } of pairs) {
      parts.push({ aStart, aEnd: a, bStart, bEnd: b });
      [aStart, bStart] = [a, b];
    }
    parts.push({ ...range, aStart, bStart });
    return parts;
  }
  return undefined;
}

interface Pair {
  readonly a: number;
  readonly b: number;
}

/** The runs of this length that occur exactly once on both sides, in the order of `a`. */
function uniquePairs(a: Int32Array, b: Int32Array, range: Range, length: number): readonly Pair[] {
  const inA = uniqueRuns(a, range.aStart, range.aEnd, length);
  const inB = uniqueRuns(b, range.bStart, range.bEnd, length);
  const pairs: Pair[] = [];
  for (const [hash, at] of inA) {
    const other = inB.get(hash);
    if (at < 0 || other === undefined || other < 0) continue;
    let equal = true;
    for (let index = 0; index < length && equal; index++) equal = a[at + index] === b[other + index];
    if (equal) pairs.push({ a: at, b: other });
  }
  return pairs;
}

/** Where each run begins, by its hash; -1 where it occurs again. */
function uniqueRuns(tokens: Int32Array, start: number, end: number, length: number): Map<number, number> {
  const runs = new Map<number, number>();
  for (let at = start; at + length <= end; at++) {
    let hash = 0;
    for (let index = 0; index < length; index++) hash = Math.imul(hash, 0x01000193) ^ tokens[at + index]!;
    runs.set(hash, runs.has(hash) ? -1 : at);
  }
  return runs;
}

/** The longest part of the pairs that also increases in `b`. */
function increasing(pairs: readonly Pair[]): readonly Pair[] {
  const tails: number[] = [];
  const previous = new Int32Array(pairs.length);
  pairs.forEach(({ b }, index) => {
    let low = 0, high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]!]!.b < b) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? tails[low - 1]! : -1;
    tails[low] = index;
  });
  const chain: Pair[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index]!) chain.push(pairs[index]!);
  return chain.reverse();
}
