/** Enums, whose members bundlers and Bun put in as numbers. */
import { globalVar, kernel, u32, XDP } from "../../../mod.ts";
import { report } from "./report.ts";

enum Protocol {
  Icmp = 1,
  Tcp = 6,
  Udp = 17,
}

enum Flag {
  None,
  Fin = 1 << 0,
  Syn = 1 << 1,
  Both = Fin | Syn,
}

enum Name {
  Loopback = "lo",
}

class Enums extends XDP {
  @globalVar(u32)
  accessor protocol = Protocol.Udp;
  @globalVar(u32)
  accessor flags = Flag.None;
  device: Name = Name.Loopback;

  @kernel(() => ({ Protocol, Flag, Name }))
  program() {
    if (this.protocol === Protocol.Udp) this.flags |= Flag.Both;
    switch (this.protocol) {
      case Protocol.Icmp:
        return XDP.DROP;
      case Protocol.Udp:
        this.protocol = Protocol.Tcp;
    }
    if (this.device === Name.Loopback) this.flags += Protocol["Tcp"] * 100;
    return Protocol[6] === "Tcp" ? XDP.PASS : XDP.ABORTED;
  }
}

report("enums", () => new Enums(), ({ protocol, flags }) => [protocol, flags]);
