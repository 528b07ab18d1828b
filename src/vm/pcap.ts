/**
 * Reads captures, the files of tcpdump (`pcap`) and Wireshark (`pcapng`), and feeds them through programs.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";

/** A packet of a capture. */
export interface CapturedPacket {
  /** What was captured of it. */
  readonly bytes: Uint8Array;
  /** How long it was on the wire. */
  readonly originalLength: number;
  /** When, in nanoseconds since 1970. */
  readonly timestamp: bigint;
  /** What it begins with: 1 is an Ethernet header (https://www.tcpdump.org/linktypes.html). */
  readonly linkType: number;
}

/** The link type of Ethernet. */
export const ethernetLinkType = 1;

/** What {@linkcode replay} counted. */
export interface Replay {
  /** Packets that went through the program. */
  readonly packets: number;
  /** Packets that did not, because they have no Ethernet header. */
  readonly skipped: number;
  /** How many packets were answered with each action, by number. */
  readonly actions: ReadonlyMap<number, number>;
}

/**
 * Feeds a capture through a program.
 *
 * @example
 * ```ts
 * import { replay } from "./pcap.ts";
 *
 * const empty = new Uint8Array([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
 * const { packets } = replay(empty, () => ({ action: 2 }));
 * if (packets !== 0) throw new Error("there is nothing in it");
 * ```
 *
 * @param capture The whole file.
 * @param run Runs the program on a packet, as `machine.run` does.
 * @returns The tally.
 */
export function replay(
  capture: Uint8Array,
  run: (packet: Uint8Array, captured: CapturedPacket) => { readonly action: number },
): Replay {
  const actions = new Map<number, number>();
  let packets = 0, skipped = 0;
  for (const captured of readCapture(capture)) {
    if (captured.linkType !== ethernetLinkType) {
      skipped++;
      continue;
    }
    const { action } = run(captured.bytes, captured);
    actions.set(action, (actions.get(action) ?? 0) + 1);
    packets++;
  }
  return { packets, skipped, actions };
}

/**
 * Reads a capture of either format.
 *
 * @param bytes The whole file. The packets are views of it.
 * @returns The packets in order. A packet that the file's end cuts off is left out.
 * @throws {EbpfError} `InvalidArgument` if it is no capture.
 */
export function readCapture(bytes: Uint8Array): Generator<CapturedPacket, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint32(0) : 0;
  if (magic === sectionHeader) return readBlocks(bytes, view);
  const format = pcapFormats.get(magic);
  if (!format || bytes.length < pcapHeaderBytes) {
    throw new EbpfError(ErrorCode.InvalidArgument, "Cannot read capture: it is neither pcap nor pcapng");
  }
  return readRecords(bytes, view, format);
}

interface PcapFormat {
  readonly little: boolean;
  /** Nanoseconds of a fraction's unit. */
  readonly unit: bigint;
}

/** By the first four bytes, read in network order. */
const pcapFormats: ReadonlyMap<number, PcapFormat> = new Map([
  [0xa1b2c3d4, { little: false, unit: 1000n }],
  [0xd4c3b2a1, { little: true, unit: 1000n }],
  [0xa1b23c4d, { little: false, unit: 1n }],
  [0x4d3cb2a1, { little: true, unit: 1n }],
]);
const pcapHeaderBytes = 24, recordHeaderBytes = 16, linkTypeAt = 20;
const second = 1_000_000_000n;

/** pcap: a header, then records of 16 bytes and the packet. */
function* readRecords(
  bytes: Uint8Array,
  view: DataView,
  { little, unit }: PcapFormat,
): Generator<CapturedPacket, void, void> {
  // The upper bits say how long the frame check sequence is.
  const linkType = view.getUint32(linkTypeAt, little) & 0xffff;
  for (let at = pcapHeaderBytes; at + recordHeaderBytes <= bytes.length;) {
    const size = view.getUint32(at + 8, little), from = at + recordHeaderBytes;
    if (from + size > bytes.length) return;
    const timestamp = BigInt(view.getUint32(at, little)) * second + BigInt(view.getUint32(at + 4, little)) * unit;
    const originalLength = view.getUint32(at + 12, little);
    yield { bytes: bytes.subarray(from, from + size), originalLength, timestamp, linkType };
    at = from + size;
  }
}

const sectionHeader = 0x0a0d0d0a, interfaceBlock = 1, simplePacket = 3, enhancedPacket = 6;
const byteOrderMagic = 0x1a2b3c4d;
const blockOverhead = 12;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Ticks of a second. */
  readonly resolution: bigint;
}

/** A block of pcapng: its body, without type and lengths. */
interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly little: boolean;
}

/** pcapng: blocks, each with type, length, body, length again. */
function* readBlocks(bytes: Uint8Array, file: DataView): Generator<CapturedPacket, void, void> {
  let little = true, interfaces: Interface[] = [];
  for (let at = 0; at + blockOverhead <= bytes.length;) {
    const isSection = file.getUint32(at) === sectionHeader;
    if (isSection) {
      little = file.getUint32(at + 8, true) === byteOrderMagic;
      interfaces = [];
    }
    const type = file.getUint32(at, little), length = file.getUint32(at + 4, little);
    if (length < blockOverhead || length % 4 !== 0 || at + length > bytes.length) return;
    const body = bytes.subarray(at + 8, at + length - 4);
    const block = { bytes: body, view: new DataView(body.buffer, body.byteOffset, body.byteLength), little };
    if (type === interfaceBlock) interfaces.push(readInterface(block));
    const packet = type === enhancedPacket
      ? readEnhanced(block, interfaces)
      : type === simplePacket
      ? readSimple(block, interfaces)
      : undefined;
    if (packet) yield packet;
    at += length;
  }
}

const optionsOfInterface = 8, resolutionOption = 9;

function readInterface({ view, little }: Block): Interface {
  let resolution = 1_000_000n;
  for (let at = optionsOfInterface; at + 4 <= view.byteLength;) {
    const code = view.getUint16(at, little), size = view.getUint16(at + 2, little);
    if (code === 0) break;
    if (code === resolutionOption && size >= 1 && at + 4 < view.byteLength) {
      const value = view.getUint8(at + 4);
      // The highest bit chooses between powers of two and of ten.
      resolution = value & 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(value);
    }
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return { linkType: view.getUint16(0, little), snapLength: view.getUint32(4, little), resolution };
}

const enhancedHeaderBytes = 20;

function readEnhanced({ bytes, view, little }: Block, interfaces: readonly Interface[]): CapturedPacket | undefined {
  if (bytes.length < enhancedHeaderBytes) return undefined;
  const from = interfaces[view.getUint32(0, little)];
  const size = view.getUint32(12, little);
  if (!from || enhancedHeaderBytes + size > bytes.length) return undefined;
  const ticks = BigInt(view.getUint32(4, little)) << 32n | BigInt(view.getUint32(8, little));
  return {
    bytes: bytes.subarray(enhancedHeaderBytes, enhancedHeaderBytes + size),
    originalLength: view.getUint32(16, little),
    timestamp: ticks * second / from.resolution,
    linkType: from.linkType,
  };
}

/** Without time; how much was captured follows from the interface's limit. */
function readSimple({ bytes, view, little }: Block, [from]: readonly Interface[]): CapturedPacket | undefined {
  if (!from || bytes.length < 4) return undefined;
  const originalLength = view.getUint32(0, little);
  const size = Math.min(originalLength, from.snapLength || originalLength, bytes.length - 4);
  return { bytes: bytes.subarray(4, 4 + size), originalLength, timestamp: 0n, linkType: from.linkType };
}
