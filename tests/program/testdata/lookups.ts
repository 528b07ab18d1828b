/**
 * Programs that look up sockets.
 *
 * @module
 */

import {
  array,
  type ArrayView,
  globalVar,
  HashMap,
  i32,
  type Infer,
  IPv6,
  kernel,
  localVar,
  type Packet,
  ProgramArray,
  type Socket,
  SocketTuple4,
  struct,
  Tcp,
  u32,
  u64,
  XDP,
} from "../../../mod.ts";

/** Shared variables that show what a program found. */
abstract class Base extends XDP {
  @globalVar(array(i32, 8))
  accessor found: ArrayView<number> = [9, 9, 9, 9, 9, 9, 9, 9];
  @globalVar(u64)
  accessor address = 0n;
}

/** TCP and UDP, by what the packet itself says. */
export class Lookup extends Base {
  program(packet: Packet) {
    const { ipv4, tcp, udp } = packet.layers();
    if (!ipv4) return XDP.PASS;
    const { source, destination } = ipv4;
    if (udp) {
      const tuple = { source, destination, sourcePort: udp.source, destinationPort: udp.destination };
      const socket = this.bpf.skLookupUdp(tuple);
      if (!socket) return XDP.DROP;
      this.found = [
        socket.family,
        socket.type,
        socket.protocol,
        socket.sourcePort,
        socket.destinationPort,
        socket.state,
      ];
      this.bpf.skRelease(socket);
      return XDP.TX;
    }
    if (!tcp) return XDP.PASS;
    const tuple = { source, destination, sourcePort: tcp.source, destinationPort: tcp.destination };
    const socket = this.bpf.skLookupTcp(tuple);
    if (!socket) return XDP.DROP;
    this.found = [socket.family, socket.type, socket.protocol, socket.sourcePort, socket.destinationPort, socket.state];
    this.address = socket.sourceIpv6.low;
    this.bpf.skRelease(socket);
    return XDP.TX;
  }
}

/** Every field, by a tuple in a variable. */
export class Fields extends Base {
  @localVar(SocketTuple4)
  accessor tuple!: Infer<typeof SocketTuple4>;
  @globalVar(struct({ mark: u32, state: u32, rxQueueIndex: i32, priority: u32 }))
  accessor whole: Pick<Socket, "mark" | "state" | "rxQueueIndex" | "priority"> = {
    mark: 9,
    state: 9,
    rxQueueIndex: 9,
    priority: 9,
  };

  program(packet: Packet) {
    const { tuple } = this;
    tuple.source = packet.getUint32(26);
    tuple.destination = packet.getUint32(30);
    tuple.sourcePort = packet.getUint16(34);
    tuple.destinationPort = packet.getUint16(36);
    const socket = this.bpf.skLookupTcp(tuple, -1);
    if (!socket) return XDP.DROP;
    this.whole = socket;
    const { boundIfindex, mark, priority, destinationIpv4, sourceIpv4, rxQueueIndex } = socket;
    this.found = [boundIfindex, mark, priority, destinationIpv4 & 0xff, sourceIpv4 & 0xff, rxQueueIndex];
    this.address = socket.destinationIpv6.high;
    // Where the packet ends, the socket is released.
    this.found[6] = packet.getUint8(200);
    this.bpf.skRelease(socket);
    return XDP.TX;
  }
}

/** By IPv6, in a namespace that there is not, and also what is no whole socket. */
export class Lookup6 extends Base {
  @kernel(() => ({ IPv6, Tcp }))
  program(packet: Packet) {
    const { source, destination } = packet.header(IPv6, 14);
    const tcp = packet.header(Tcp, 54);
    const tuple = { source, destination, sourcePort: tcp.source, destinationPort: tcp.destination };
    const nowhere = this.bpf.skLookupTcp(tuple, packet.getUint16(0));
    if (nowhere) {
      this.bpf.skRelease(nowhere);
      return XDP.ABORTED;
    }
    const socket = this.bpf.skcLookupTcp(tuple);
    this.found[0] = socket ? socket.family : 0;
    this.found[1] = socket?.state ?? 0;
    if (socket) this.bpf.skRelease(socket);
    return socket ? XDP.TX : XDP.DROP;
  }
}

/** In a loop, and held while maps are used. */
export class Many extends Base {
  ports = new HashMap(u32, u32, { maxEntries: 16 });

  program(packet: Packet) {
    const destination = packet.getUint32(30);
    let count = 0;
    for (let port = 5; port < 9; port++) {
      const socket = this.bpf.skLookupTcp({ source: 0, destination, sourcePort: 1, destinationPort: port });
      if (!socket) continue;
      this.ports.set(port, socket.state);
      count++;
      this.bpf.skRelease(socket);
    }
    this.found[0] = count;
    this.found[1] = this.ports.get(7) ?? 0;
    return XDP.PASS;
  }
}

/** The shared variables of what makes and checks SYN cookies. */
export abstract class Cookies extends XDP {
  @globalVar(array(i32, 4))
  accessor results: ArrayView<number> = [9, 9, 9, 9];
  @globalVar(array(u32, 2))
  accessor cookies: ArrayView<number> = [0, 0];
  @globalVar(array(u32, 2))
  accessor sizes: ArrayView<number> = [0, 0];
}

export class Cookies4 extends Cookies {
  program(packet: Packet) {
    const { ipv4, tcp } = packet.layers();
    if (!ipv4 || !tcp) return XDP.PASS;
    const { bpf } = this;
    const raw = bpf.tcpRawGenSyncookieIpv4(ipv4, tcp);
    this.results[2] = raw.result;
    this.cookies[1] = raw.cookie;
    this.sizes[1] = raw.mss;
    this.results[3] = bpf.tcpRawCheckSyncookieIpv4(ipv4, tcp);
    const { source, destination } = ipv4;
    const tuple = { source, destination, sourcePort: tcp.source, destinationPort: tcp.destination };
    const socket = bpf.skLookupTcp(tuple);
    if (!socket) return XDP.DROP;
    const { result, cookie, mss } = bpf.tcpGenSyncookie(socket, ipv4, tcp);
    this.results[0] = result;
    this.cookies[0] = cookie;
    this.sizes[0] = mss;
    this.results[1] = bpf.tcpCheckSyncookie(socket, ipv4, tcp);
    bpf.skRelease(socket);
    return XDP.TX;
  }
}

export class Cookies6 extends Cookies {
  @kernel(() => ({ IPv6, Tcp }))
  program(packet: Packet) {
    const ip = packet.header(IPv6, 14);
    const tcp = packet.header(Tcp, 54);
    const { bpf } = this;
    const raw = bpf.tcpRawGenSyncookieIpv6(ip, tcp);
    this.results[2] = raw.result;
    this.cookies[1] = raw.cookie;
    this.sizes[1] = raw.mss;
    this.results[3] = bpf.tcpRawCheckSyncookieIpv6(ip, tcp);
    const { source, destination } = ip;
    const tuple = { source, destination, sourcePort: tcp.source, destinationPort: tcp.destination };
    const socket = bpf.skcLookupTcp(tuple);
    if (!socket) return XDP.DROP;
    const { result, cookie, mss } = bpf.tcpGenSyncookie(socket, ip, tcp);
    this.results[0] = result;
    this.cookies[0] = cookie;
    this.sizes[0] = mss;
    this.results[1] = bpf.tcpCheckSyncookie(socket, ip, tcp);
    bpf.skRelease(socket);
    return XDP.TX;
  }
}

abstract class Mistake extends XDP {
  @globalVar(u32)
  accessor count = 0;
  next = new ProgramArray({ maxEntries: 1 });
}

const tuple = (packet: Packet) => ({
  source: packet.getUint32(26),
  destination: packet.getUint32(30),
  sourcePort: packet.getUint16(34),
  destinationPort: packet.getUint16(36),
});

/** What the error is about → the class. */
export const mistakes: Readonly<Record<string, new () => XDP>> = {
  "a socket forgotten": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet));
      if (socket) this.count = socket.state;
    }
  },
  "a socket forgotten on one path": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupUdp(tuple(packet));
      if (!socket) return XDP.PASS;
      if (socket.state === 7) return XDP.DROP;
      this.bpf.skRelease(socket);
      return XDP.PASS;
    }
  },
  "a socket forgotten by a throw": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skcLookupTcp(tuple(packet));
      if (!socket) return XDP.PASS;
      if (socket.state === 10) throw new Error("it listens");
      this.bpf.skRelease(socket);
    }
  },
  "a socket kept over a turn of a loop": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      for (let i = 0; i < 100; i++) {
        const socket = this.bpf.skLookupTcp(tuple(packet));
        if (socket && socket.state === i) this.bpf.skRelease(socket);
      }
    }
  },
  "a socket kept over a tail call": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet));
      this.next.tailCall(0);
      if (socket) this.bpf.skRelease(socket);
    }
  },
  "a socket used without a test": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet))!;
      this.count = socket.state;
      this.bpf.skRelease(socket);
    }
  },
  "a socket released without a test": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      this.bpf.skRelease(this.bpf.skLookupTcp(tuple(packet))!);
    }
  },
  "a socket released twice": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet));
      if (!socket) return XDP.PASS;
      this.bpf.skRelease(socket);
      this.bpf.skRelease(socket);
    }
  },
  "a socket read after its release": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet));
      if (!socket) return XDP.PASS;
      this.bpf.skRelease(socket);
      this.count = socket.state;
    }
  },
  "one of two sockets released": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const isTcp = packet.getUint8(23) === 6;
      const socket = isTcp ? this.bpf.skLookupTcp(tuple(packet)) : this.bpf.skLookupUdp(tuple(packet));
      if (socket) this.bpf.skRelease(socket);
    }
  },
  "a socket that is none": class extends Mistake {
    program(packet: Packet) {
      this.bpf.skRelease(packet as never);
    }
  },
  "a socket that is written": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(tuple(packet));
      if (!socket) return XDP.PASS;
      (socket as { mark: number }).mark = 7;
      this.bpf.skRelease(socket);
    }
  },
  "a field that a common socket lacks": class extends Mistake {
    @kernel(() => ({ tuple }))
    program(packet: Packet) {
      const socket = this.bpf.skcLookupTcp(tuple(packet));
      if (!socket) return XDP.PASS;
      this.count = (socket as Socket).mark;
      this.bpf.skRelease(socket);
    }
  },
  "a lookup without both ends": class extends Mistake {
    program(packet: Packet) {
      const socket = this.bpf.skLookupTcp(packet as never);
      if (socket) this.bpf.skRelease(socket);
    }
  },
  "a cookie without its header": class extends Mistake {
    program(packet: Packet) {
      const { ipv4, tcp } = packet.layers();
      if (ipv4) this.count = this.bpf.tcpRawGenSyncookieIpv4(ipv4, tcp!).cookie;
    }
  },
  "a cookie of the other version": class extends Mistake {
    program(packet: Packet) {
      const { ipv4, tcp } = packet.layers();
      if (ipv4 && tcp) this.count = this.bpf.tcpRawGenSyncookieIpv6(ipv4 as never, tcp).cookie;
    }
  },
};
