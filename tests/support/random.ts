/**
 * Seeded random numbers, so that a failure can be repeated.
 *
 * @module
 */

/** A source of random numbers that gives the same ones for the same seed. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed | 0;
  }

  /** 32 random bits (mulberry32). */
  bits(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return (mixed ^ mixed >>> 14) >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.bits() / 2 ** 32 * limit);
  }

  /** True in one of `times` cases. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** A signed number of `bits` bits; limits and small ones are as likely as all others together. */
  signed(bits: number): number {
    const limit = 2 ** (bits - 1);
    const special = [0, 1, -1, 2, -2, limit - 1, -limit, limit / 2, 255, 127, -128];
    if (this.once(2)) {
      const value = this.pick(special);
      if (value >= -limit && value < limit) return value;
    }
    return Math.floor(this.bits() / 2 ** 32 * 2 * limit) - limit;
  }

  /** 64 random bits, signed; limits are likely. */
  wide(): bigint {
    const special = [0n, 1n, -1n, 1n << 31n, 1n << 32n, -(1n << 63n), (1n << 63n) - 1n, 0xffffffffn, -(1n << 31n)];
    if (this.once(2)) return this.pick(special);
    return BigInt.asIntN(64, BigInt(this.bits()) << 32n | BigInt(this.bits()));
  }
}
