/**
 * A value in the kernel as memory that runs as plain JavaScript can write: reading asks the kernel, writing tells it.
 *
 * @module
 */

import type { Memory } from "../types/mod.ts";

/** What brings the bytes up to date, and what takes them to where they belong. */
export interface Exchange {
  /** Before a read. */
  read(): void;
  /** After a write. */
  write(): void;
}

/** Bytes that stand for those of a value in the kernel. */
export class LiveValue implements Memory {
  readonly #view: WrittenThrough;
  readonly #exchange: Exchange;

  constructor(bytes: Uint8Array<ArrayBuffer>, exchange: Exchange) {
    this.#view = new WrittenThrough(bytes, exchange);
    this.#exchange = exchange;
  }

  get view(): DataView {
    this.#exchange.read();
    return this.#view;
  }
}

/** A DataView that tells of each write. */
class WrittenThrough extends DataView<ArrayBuffer> {
  readonly #exchange: Exchange;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>, exchange: Exchange) {
    super(buffer, byteOffset, byteLength);
    this.#exchange = exchange;
  }

  override setInt8(offset: number, x: number): void {
    super.setInt8(offset, x);
    this.#exchange.write();
  }

  override setUint8(offset: number, x: number): void {
    super.setUint8(offset, x);
    this.#exchange.write();
  }

  override setInt16(offset: number, x: number, little?: boolean): void {
    super.setInt16(offset, x, little);
    this.#exchange.write();
  }

  override setUint16(offset: number, x: number, little?: boolean): void {
    super.setUint16(offset, x, little);
    this.#exchange.write();
  }

  override setInt32(offset: number, x: number, little?: boolean): void {
    super.setInt32(offset, x, little);
    this.#exchange.write();
  }

  override setUint32(offset: number, x: number, little?: boolean): void {
    super.setUint32(offset, x, little);
    this.#exchange.write();
  }

  override setBigInt64(offset: number, x: bigint, little?: boolean): void {
    super.setBigInt64(offset, x, little);
    this.#exchange.write();
  }

  override setBigUint64(offset: number, x: bigint, little?: boolean): void {
    super.setBigUint64(offset, x, little);
    this.#exchange.write();
  }
}
