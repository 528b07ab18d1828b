/**
 * SYN cookies as tests have them: the kernel's answers, but for the secret that its cookies are made with.
 *
 * @module
 */

/** Errors, include/uapi/asm-generic/errno-base.h and errno.h. */
const NO_ENTRY = -2, ACCESS = -13, INVALID = -22, NO_PROTOCOL = -93;
/** Segment sizes that a cookie can stand for (net/ipv4/syncookies.c, net/ipv6/syncookies.c). */
const SIZES = { 4: [536, 1300, 1440, 1460], 6: [1220, 1420, 1440, 8940] } as const;
/** TCP_MSS_DEFAULT, and what is left of IPV6_MIN_MTU (include/net/tcp.h, include/uapi/linux/ipv6.h). */
const DEFAULT_SIZE = { 4: 536, 6: 1220 } as const;
const TCP = 6, LISTEN = 10, INET6 = 10;
const TCP_BYTES = 20, IPV4_BYTES = 20, IPV6_BYTES = 40;
const FIN = 1, SYN = 2, RST = 4, ACK = 16;
const PRIME = 0x01000193, BASIS = 0x811c9dc5;

type Version = keyof typeof SIZES;

/** What is known of the socket whose cookie it is. */
export interface CookieSocket {
  readonly family: number;
  readonly protocol: number;
  readonly state: number;
}

/** What making a cookie gives: `result` is 0, or negative with the others 0. */
export interface SynCookie {
  /** 0, or a negative error number. */
  readonly result: number;
  /** The sequence number to answer with. */
  readonly cookie: number;
  /** The largest segment, in bytes, that the cookie stands for. */
  readonly mss: number;
}

/** `bpf_tcp_gen_syncookie`; the TCP header is with its options, all that it says it has. */
export function makeCookie(socket: CookieSocket, ip: Uint8Array, tcp: Uint8Array): SynCookie {
  if (!isWhole(tcp) || !listens(socket)) return failed(INVALID);
  if ((tcp[13] & (FIN | SYN | RST | ACK)) !== SYN) return failed(INVALID);
  const version = versionOf(socket, ip);
  return version < 0 ? failed(version) : makeRawCookie(version as Version, ip, tcp);
}

/** `bpf_tcp_raw_gen_syncookie_ipv4` and `…_ipv6`. */
export function makeRawCookie(version: Version, ip: Uint8Array, tcp: Uint8Array): SynCookie {
  if (!isWhole(tcp)) return failed(INVALID);
  const wanted = segmentOption(tcp) || DEFAULT_SIZE[version];
  const index = Math.max(0, SIZES[version].findLastIndex((size) => size <= wanted));
  const cookie = secret(version, ip, tcp) + sequenceOf(tcp) + index >>> 0;
  return { result: 0, cookie, mss: SIZES[version][index] };
}

/** `bpf_tcp_check_syncookie`. */
export function checkCookie(socket: CookieSocket, ip: Uint8Array, tcp: Uint8Array): number {
  if (!listens(socket)) return INVALID;
  if ((tcp[13] & (SYN | RST | ACK)) !== ACK) return NO_ENTRY;
  const version = versionOf(socket, ip);
  if (version < 0) return version;
  return checkRawCookie(version as Version, ip, tcp) === 0 ? 0 : NO_ENTRY;
}

/** `bpf_tcp_raw_check_syncookie_ipv4` and `…_ipv6`. */
export function checkRawCookie(version: Version, ip: Uint8Array, tcp: Uint8Array): number {
  const cookie = numberAt(tcp, 8) - 1;
  const index = cookie - secret(version, ip, tcp) - (sequenceOf(tcp) - 1) >>> 0;
  return index < SIZES[version].length ? 0 : ACCESS;
}

function failed(result: number): SynCookie {
  return { result, cookie: 0, mss: 0 };
}

function listens({ protocol, state }: CookieSocket): boolean {
  return protocol === TCP && state === LISTEN;
}

function isWhole(tcp: Uint8Array): boolean {
  return tcp.length >= TCP_BYTES && tcp.length === (tcp[12] >> 4) * 4;
}

function versionOf({ family }: CookieSocket, ip: Uint8Array): Version | typeof INVALID | typeof NO_PROTOCOL {
  const version = ip[0] >> 4;
  if (version === 4) return version;
  if (version !== 6) return NO_PROTOCOL;
  return ip.length < IPV6_BYTES || family !== INET6 ? INVALID : version;
}

function sequenceOf(tcp: Uint8Array): number {
  return numberAt(tcp, 4);
}

function numberAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(offset);
}

/** The option with the largest segment; 0 without one. */
function segmentOption(tcp: Uint8Array): number {
  for (let at = TCP_BYTES; at < tcp.length && tcp[at] !== 0;) {
    const isFiller = tcp[at] === 1;
    if (tcp[at] === 2 && tcp[at + 1] === 4 && at + 4 <= tcp.length) return tcp[at + 2] << 8 | tcp[at + 3];
    at += isFiller ? 1 : Math.max(2, tcp[at + 1] ?? 2);
  }
  return 0;
}

/** A number that follows from both ends of the connection (FNV-1a). */
function secret(version: Version, ip: Uint8Array, tcp: Uint8Array): number {
  const addresses = version === 4 ? ip.subarray(12, IPV4_BYTES) : ip.subarray(8, IPV6_BYTES);
  let hash = BASIS;
  for (const byte of [...addresses, ...tcp.subarray(0, 4)]) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
