/**
 * A program that adds to a variable and to values of two maps.
 *
 * @module
 */
import { ArrayMap, globalVar, HashMap, struct, u32, u64, XDP } from "../../../mod.ts";

const Sum = struct({ all: u64, locked: u64 });

/** The maps of an adder, to be shared. */
export function makeMaps(): {
  sums: HashMap<number, { all: bigint }>;
  guarded: ArrayMap<{ all: bigint; locked: bigint }>;
} {
  return {
    sums: new HashMap(u32, struct({ all: u64 }), { maxEntries: 4 }),
    guarded: new ArrayMap(Sum, { maxEntries: 1, spinLock: true }),
  };
}

/** Adds one everywhere. */
export class Adder extends XDP {
  @globalVar(u64)
  accessor total = 0n;
  sums;
  guarded;

  constructor({ sums, guarded } = makeMaps()) {
    super();
    this.sums = sums;
    this.guarded = guarded;
  }

  program() {
    this.total += 1n;
    const sum = this.sums.get(1);
    if (sum) sum.all += 1n;
    this.guarded.locked(0, (value) => {
      value.all += 1n;
      value.locked = value.all;
    });
    return XDP.DROP;
  }
}
