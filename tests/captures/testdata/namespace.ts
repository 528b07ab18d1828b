/** The library as a namespace: bundlers rewrite `ebpf.XDP` to a name of its own, so the thunk names both. */
import * as ebpf from "../../../mod.ts";
import { report } from "./report.ts";

class Count extends ebpf.XDP {
  @ebpf.globalVar(ebpf.u32)
  accessor count = 0;

  @ebpf.kernel(() => ({ ebpf, XDP: ebpf.XDP }))
  program() {
    this.count += 1;
    return this.count > 0 ? ebpf.XDP.TX : ebpf.XDP.PASS;
  }
}

report("namespace", () => new Count(), ({ count }) => [count]);
