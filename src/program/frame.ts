/**
 * The memory of packets in runs as plain JavaScript: room before and behind them, as much as the kernel's test runs give, and
 * what views of them look at.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Memory } from "../types/mod.ts";

/** Bytes before a packet (XDP_PACKET_HEADROOM), of which the kernel keeps the first for itself (struct xdp_frame). */
const HEADROOM = 256;
const KEPT_BEFORE = 40;
/** Bytes behind it that a driver keeps for itself (struct skb_shared_info), and the least that all of it takes. */
const KEPT_BEHIND = 320;
const PAGE = 4096;
/** No packet gets shorter than its Ethernet header. */
const SHORTEST = 14;
/** Bytes that metadata may have; they are a multiple of four. */
const MOST_METADATA = 255;
/** From include/uapi/asm-generic/errno-base.h. */
const EINVAL = 22, EACCES = 13;

/** A packet with room to grow; its methods do what the kernel's helpers of the same names do. */
export class Frame {
  readonly #memory: Uint8Array<ArrayBuffer>;
  #start = HEADROOM;
  #end: number;
  /** Bytes of metadata before the packet. */
  #metadata = 0;

  /** Copies a packet into a frame of its own. */
  constructor(packet: Uint8Array) {
    this.#memory = new Uint8Array(Math.max(PAGE, HEADROOM + packet.length + KEPT_BEHIND));
    this.#memory.set(packet, HEADROOM);
    this.#end = HEADROOM + packet.length;
  }

  /** The packet, in place. */
  get packet(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(this.#start, this.#end);
  }

  /** The metadata, in place. */
  get metadata(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(this.#start - this.#metadata, this.#start);
  }

  /** Moves the packet's start, and the metadata with it; whether that could be done. */
  adjustHead(delta: number): boolean {
    const start = this.#start + delta;
    if (start < KEPT_BEFORE + this.#metadata || start > this.#end - SHORTEST) return false;
    this.#memory.copyWithin(start - this.#metadata, this.#start - this.#metadata, this.#start);
    this.#memory.fill(0, start, this.#start);
    this.#start = start;
    return true;
  }

  /** Moves the packet's end; whether that could be done. */
  adjustTail(delta: number): boolean {
    const end = this.#end + delta;
    if (end < this.#start + SHORTEST || end > this.#memory.length - KEPT_BEHIND) return false;
    this.#memory.fill(0, this.#end, end);
    this.#end = end;
    return true;
  }

  /** Moves the start of the metadata; 0, or the kernel's error. */
  adjustMeta(delta: number): number {
    const size = this.#metadata - delta;
    if (size < 0 || this.#start - size < KEPT_BEFORE) return -EINVAL;
    if (size % 4 !== 0 || size > MOST_METADATA) return -EACCES;
    this.#memory.fill(0, this.#start - size, this.#start - this.#metadata);
    this.#metadata = size;
    return 0;
  }
}

/** A packet from one change of its ends to the next: views of before are of no use after it, as in the kernel. */
export class Epoch implements Memory {
  readonly #packet: DataView;
  readonly #metadata: () => Uint8Array<ArrayBuffer>;
  #isOver = false;

  constructor(packet: DataView, metadata: () => Uint8Array<ArrayBuffer>) {
    this.#packet = packet;
    this.#metadata = metadata;
  }

  get view(): DataView {
    if (!this.#isOver) return this.#packet;
    throw new EbpfError(
      ErrorCode.StaleView,
      "Cannot use this header: it was taken before the packet's ends were moved",
      {
        remedy: "Take it again, with packet.header()",
      },
    );
  }

  /** The metadata at the same time. */
  get metadata(): Memory {
    const bytes = () => this.view && this.#metadata();
    return {
      get view() {
        const { buffer, byteOffset, byteLength } = bytes();
        return new DataView(buffer, byteOffset, byteLength);
      },
    };
  }

  end(): void {
    this.#isOver = true;
  }
}
