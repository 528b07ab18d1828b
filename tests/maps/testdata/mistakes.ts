/**
 * Programs that use maps as they cannot be used, each with what it shows; `mistakes.txt` has the errors.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- these are mistakes
import { globalVar, ipv4, LpmTrie, LruHash, PerCpuArray, struct, u32, u64, XDP } from "../../../mod.ts";

const Flow = struct({ packets: u64, bytes: u32 });

/** What the mistakes use. */
abstract class Mistake extends XDP {
  @globalVar(u64)
  accessor total = 0n;
  own: any = new PerCpuArray(u64, { maxEntries: 4 });
  recent: any = new LruHash(u32, Flow, { maxEntries: 4 });
  networks: any = new LpmTrie(ipv4, u32, { maxEntries: 4 });
}

/** What the error is about → the class. */
export const mistakes: Readonly<Record<string, new () => XDP>> = {
  "a sum over processors": class extends Mistake {
    program() {
      const hits = this.own.get(0);
      if (hits) this.total = hits.sum();
    }
  },
  "a value per CPU without .value": class extends Mistake {
    program() {
      this.total += this.own.get(0) ?? 0n;
    }
  },
  "a view of a map that may have made room": class extends Mistake {
    program() {
      const flow = this.recent.get(1);
      this.recent.getOrInsert(2, { packets: 0n });
      if (flow) flow.packets += 1n;
    }
  },
  "no prefix": class extends Mistake {
    program() {
      if (this.networks.has("10.0.0.1/8")) return XDP.DROP;
    }
  },
  "getOrInsert() of a trie": class extends Mistake {
    program() {
      this.networks.getOrInsert(1, 2);
    }
  },
};
