/**
 * One's complement sums, as the kernel computes them.
 *
 * @module
 */

/** Adds as ones' complement numbers of 32 bits. */
export function add(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return sum > 0xffffffff ? sum - 0xffffffff : sum;
}

/** The kernel's csum_partial: little-endian words of 32 bits, the last one filled up with zeros. */
export function partial(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let sum = seed >>> 0, last = 0;
  for (let at = 0; at < whole; at += 4) sum = add(sum, view.getUint32(at, true));
  for (let at = bytes.length; at > whole; at--) last = last << 8 | bytes[at - 1];
  return add(sum, last);
}

/** Folds to 16 bits. */
export function fold(sum: number): number {
  return add(sum, (sum << 16 | sum >>> 16) >>> 0) >>> 16;
}

/** The kernel's `bpf_csum_diff`: a sum from which some bytes are taken, and to which others are added. */
export function checksumDifference(from: Uint8Array | undefined, to: Uint8Array | undefined, seed: number): number {
  if (from && to) return fold(add(partial(to, seed), ~partial(from, 0)));
  if (to) return fold(partial(to, seed));
  return fold(from ? ~partial(from, ~seed) >>> 0 : seed);
}
