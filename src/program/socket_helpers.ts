/**
 * The kernel's helpers for sockets and SYN cookies, by the kernel's names in camelCase.
 *
 * The bodies are what they mean in a run as plain JavaScript. Numbers and meanings are those of
 * `___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import {
  access,
  type CommonSocket,
  type Infer,
  type IPv4,
  IPv6,
  memoryOf,
  Socket,
  type SocketTuple,
  store,
  type Tcp,
} from "../types/mod.ts";
import { checkCookie, checkRawCookie, makeCookie, makeRawCookie, type SynCookie } from "../vm/syncookies.ts";
import { describe } from "./misuse.ts";
import { demandRun, PacketHelpers } from "./packet_helpers.ts";
import type { SocketLookupAnswer } from "./running.ts";

/** Numbers of include/uapi/linux/in.h, linux/socket.h and net/tcp_states.h. */
const protocols = { tcp: 6, udp: 17 } as const;
const types = { tcp: 1, udp: 2 } as const;
const states = { tcp: 10, udp: 7 } as const;
const inet = 2, inet6 = 10;
/** As many as an IPv4 header has. */
const tcpBytes = 20;

/** Sockets that runs as plain JavaScript have looked up and not released. */
const held = new WeakSet<object>();

/** The part of `this.bpf` that is about sockets. */
export class SocketHelpers extends PacketHelpers {
  /**
   * Looks for the socket of a TCP connection, or one that listens for it (`bpf_sk_lookup_tcp`, Linux 4.20), as for a packet
   * that comes in: the source is the other end. A socket that was found must be released on every path, by
   * {@linkcode SocketHelpers.skRelease}; a path that may forget it is an error at the line that looked it up. (Where the packet
   * ends early, that is done for you.)
   *
   * @param tuple Both ends: `{ source, destination, sourcePort, destinationPort }`, with addresses of IPv4 (numbers) or IPv6.
   * @param namespace The network namespace's number, as `ip netns list-id` tells. Default: the interface's own.
   * @returns The socket; `undefined` if there is none. In runs as plain JavaScript and in the virtual machine, what the test's
   * `socketLookup` gives; without it, none.
   * @throws {EbpfError} `RecordLeak` at generation, if a path may not release it.
   *
   * @example
   * ```ts
   * import { type Packet, XDP } from "@waggle/ebpf";
   *
   * class Known extends XDP {
   *   program(packet: Packet) {
   *     const { ipv4, tcp } = packet.layers();
   *     if (!ipv4 || !tcp) return XDP.PASS;
   *     const socket = this.bpf.skLookupTcp({
   *       source: ipv4.source,
   *       destination: ipv4.destination,
   *       sourcePort: tcp.source,
   *       destinationPort: tcp.destination,
   *     });
   *     if (!socket) return XDP.DROP;
   *     this.bpf.skRelease(socket);
   *     return XDP.PASS;
   *   }
   * }
   *
   * console.log(new Known().test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  skLookupTcp(tuple: SocketTuple, _namespace: number = -1): Socket | undefined {
    return lookUp("skLookupTcp", tuple, "tcp");
  }

  /**
   * Looks for a UDP socket (`bpf_sk_lookup_udp`, Linux 4.20); all else as for {@linkcode SocketHelpers.skLookupTcp}.
   *
   * @param tuple Both ends, as a packet to this machine has them.
   * @param namespace The network namespace's number. Default: the interface's own.
   * @returns The socket, to be released; `undefined` if there is none.
   * @throws {EbpfError} `RecordLeak` at generation, if a path may not release it.
   */
  skLookupUdp(tuple: SocketTuple, _namespace: number = -1): Socket | undefined {
    return lookUp("skLookupUdp", tuple, "udp");
  }

  /**
   * As {@linkcode SocketHelpers.skLookupTcp}, but it also finds what is left of connections that end, and what there is of
   * those that begin (`bpf_skc_lookup_tcp`, Linux 5.2): less is known of these, so that what is found has fewer fields.
   *
   * @param tuple Both ends, as a packet to this machine has them.
   * @param namespace The network namespace's number. Default: the interface's own.
   * @returns The socket, to be released; `undefined` if there is none.
   * @throws {EbpfError} `RecordLeak` at generation, if a path may not release it.
   */
  skcLookupTcp(tuple: SocketTuple, _namespace: number = -1): CommonSocket | undefined {
    return lookUp("skcLookupTcp", tuple, "tcp");
  }

  /**
   * Releases a socket (`bpf_sk_release`, Linux 4.20). It must not be used afterwards.
   *
   * @param socket What one of the lookups gave, once.
   * @throws {EbpfError} `TypeMismatch` at generation for anything else; `StaleView` if it is released already.
   */
  skRelease(socket: CommonSocket): void {
    if (held.delete(socket)) return;
    throw new EbpfError(ErrorCode.InvalidArgument, "Cannot release this socket: it is none any more", {
      remedy: "Give what skLookupTcp() and its like gave, once",
    });
  }

  /**
   * Makes a SYN cookie for a packet to a socket that listens (`bpf_tcp_gen_syncookie`, Linux 5.3; 5.18, since the header is copied):
   * the sequence number to answer a SYN with, so that nothing need be kept of it.
   *
   * @param socket The socket that listens.
   * @param ip The packet's IP header: a view, as `packet.header(IPv4, 14)` gives it.
   * @param tcp The TCP header in the packet. Its options are read behind it.
   * @returns The cookie and the segment size that it stands for, with `result` 0. Otherwise `result` is -22 if the socket does
   * not listen, the packet is no SYN, or a header is not whole; -2 if no cookie is called for: `net.ipv4.tcp_syncookies` is 0, or
   * 1 and the socket's queue is not full; -93 for another protocol than IP. In runs as plain JavaScript and in the virtual machine,
   * cookies that their own `tcpCheckSyncookie()` knows.
   *
   * @example
   * ```ts ignore
   * const { result, cookie } = this.bpf.tcpGenSyncookie(socket, ipv4, tcp);
   * ```
   */
  tcpGenSyncookie(
    socket: CommonSocket,
    ip: Infer<typeof IPv4> | Infer<typeof IPv6>,
    tcp: Infer<typeof Tcp>,
  ): SynCookie {
    return makeCookie(socket as Socket, bytesOf(ip), wholeOf(tcp));
  }

  /**
   * Whether a packet acknowledges a SYN cookie of a socket that listens (`bpf_tcp_check_syncookie`, Linux 5.2).
   *
   * @param socket The socket that listens.
   * @param ip The packet's IP header: a view.
   * @param tcp The TCP header.
   * @returns 0 if it does; -2 if not, also if no cookies were made lately; -22 if the socket does not listen or the kernel makes
   * none; -93 for another protocol than IP.
   */
  tcpCheckSyncookie(socket: CommonSocket, ip: Infer<typeof IPv4> | Infer<typeof IPv6>, tcp: Infer<typeof Tcp>): number {
    return checkCookie(socket as Socket, bytesOf(ip), bytesOf(tcp));
  }

  /**
   * Makes a SYN cookie without a socket (`bpf_tcp_raw_gen_syncookie_ipv4`, Linux 6.0), as for one of another machine.
   *
   * @param ip The packet's IPv4 header: a view. Options are not looked at.
   * @param tcp The TCP header in the packet. Its options are read behind it.
   * @returns The cookie and the segment size that it stands for; `result` is 0, or -22 if the TCP header is not whole.
   *
   * @example
   * ```ts
   * import { type Packet, XDP } from "@waggle/ebpf";
   *
   * class Cookies extends XDP {
   *   program(packet: Packet) {
   *     const { ipv4, tcp } = packet.layers();
   *     if (!ipv4 || !tcp || !tcp.syn) return XDP.PASS;
   *     const { result, cookie, mss } = this.bpf.tcpRawGenSyncookieIpv4(ipv4, tcp);
   *     if (result !== 0 || mss < 1300) return XDP.DROP;
   *     tcp.acknowledgment = tcp.sequence + 1;
   *     tcp.sequence = cookie;
   *     return XDP.TX; // with flags, addresses, ports and checksum changed, too
   *   }
   * }
   *
   * console.log(new Cookies().test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  tcpRawGenSyncookieIpv4(ip: Infer<typeof IPv4>, tcp: Infer<typeof Tcp>): SynCookie {
    return makeRawCookie(4, bytesOf(ip), wholeOf(tcp));
  }

  /**
   * The same for IPv6 (`bpf_tcp_raw_gen_syncookie_ipv6`, Linux 6.0).
   *
   * @param ip The packet's IPv6 header: a view.
   * @param tcp The TCP header in the packet.
   * @returns As {@linkcode SocketHelpers.tcpRawGenSyncookieIpv4}.
   */
  tcpRawGenSyncookieIpv6(ip: Infer<typeof IPv6>, tcp: Infer<typeof Tcp>): SynCookie {
    return makeRawCookie(6, bytesOf(ip), wholeOf(tcp));
  }

  /**
   * Whether a packet acknowledges a SYN cookie that was made without a socket (`bpf_tcp_raw_check_syncookie_ipv4`, Linux 6.0).
   *
   * @param ip The packet's IPv4 header: a view.
   * @param tcp The TCP header.
   * @returns 0 if it does, -13 if not.
   */
  tcpRawCheckSyncookieIpv4(ip: Infer<typeof IPv4>, tcp: Infer<typeof Tcp>): number {
    return checkRawCookie(4, bytesOf(ip), bytesOf(tcp));
  }

  /**
   * The same for IPv6 (`bpf_tcp_raw_check_syncookie_ipv6`, Linux 6.0).
   *
   * @param ip The packet's IPv6 header: a view.
   * @param tcp The TCP header.
   * @returns 0 if it does, -13 if not.
   */
  tcpRawCheckSyncookieIpv6(ip: Infer<typeof IPv6>, tcp: Infer<typeof Tcp>): number {
    return checkRawCookie(6, bytesOf(ip), bytesOf(tcp));
  }
}

function lookUp(name: string, tuple: SocketTuple, protocol: "tcp" | "udp"): Socket | undefined {
  const memory = socketMemory(demandRun(name).socketLookup, tuple, protocol);
  if (!memory) return undefined;
  const socket = access(Socket, { view: memory }, 0);
  held.add(socket);
  return socket;
}

/** What a test says of a socket, as `struct bpf_sock`: the ends that it does not name are those that were looked for. */
export function socketMemory(
  answer: SocketLookupAnswer | undefined,
  tuple: SocketTuple,
  protocol: "tcp" | "udp",
): DataView | undefined {
  const found = answer?.(tuple, protocol);
  if (!found) return undefined;
  const { source, destination, sourcePort, destinationPort } = tuple;
  const isV6 = typeof source === "object";
  const ends = isV6
    ? { sourceIpv6: destination, destinationIpv6: source }
    : { sourceIpv4: destination, destinationIpv4: source };
  const known = {
    family: isV6 ? inet6 : inet,
    type: types[protocol],
    protocol: protocols[protocol],
    state: states[protocol],
    rxQueueIndex: -1,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    ...ends,
  };
  const view = new DataView(new ArrayBuffer(Socket.size));
  store(Socket, view, 0, { ...known, ...found } as Infer<typeof Socket>);
  return view;
}

/** The bytes of a header that is a view. */
function bytesOf(
  header: Infer<typeof IPv4> | Infer<typeof IPv6> | Infer<typeof Tcp>,
  length: number = sizeOf(header),
): Uint8Array {
  const found = memoryOf(header);
  if (!found) {
    throw new EbpfError(ErrorCode.TypeMismatch, `Cannot make or check a SYN cookie with ${describe(header)}`, {
      remedy: "Give the headers: packet.header(IPv4, 14) or packet.header(IPv6, 14), and packet.header(Tcp, 34)",
    });
  }
  const { memory: { view }, offset } = found;
  const end = Math.min(view.byteLength, offset + length);
  return new Uint8Array(view.buffer, view.byteOffset + offset, end - offset);
}

function sizeOf(header: Infer<typeof IPv4> | Infer<typeof IPv6> | Infer<typeof Tcp>): number {
  return "hopLimit" in header ? IPv6.size : tcpBytes;
}

/** A TCP header with its options, as far as they are there. */
function wholeOf(tcp: Infer<typeof Tcp>): Uint8Array {
  return bytesOf(tcp, Math.max(tcp.headerLength, tcpBytes));
}
