/**
 * Checksums that follow changes of what they cover, without a look at the rest (RFC 1624).
 *
 * @module
 */

/** What views of headers with a checksum have. */
export interface Checksummed {
  /**
   * Corrects the checksum for 16 bits that it covers and that change.
   *
   * @param from What they were.
   * @param to What they become.
   */
  updateChecksum16(from: number, to: number): void;
  /**
   * Corrects the checksum for 32 bits that it covers and that change, such as an IPv4 address. They begin at an even byte.
   *
   * @param from What they were.
   * @param to What they become.
   */
  updateChecksum32(from: number, to: number): void;
  /**
   * Corrects the checksum for 64 bits that it covers and that change, such as half of an IPv6 address.
   *
   * @param from What they were.
   * @param to What they become.
   */
  updateChecksum64(from: bigint, to: bigint): void;
}

/**
 * The methods for headers whose checksum has no special values: HC' = ~(~HC + ~m + m'), RFC 1624. They need nothing around
 * them: programs have copies of their text.
 */
export const checksummed: Checksummed & ThisType<Checksummed & { checksum: number }> = {
  updateChecksum16(from: number, to: number): void {
    let sum = (~this.checksum & 0xffff) + (~from & 0xffff) + (to & 0xffff);
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    this.checksum = ~sum & 0xffff;
  },
  updateChecksum32(from: number, to: number): void {
    let sum = (~this.checksum & 0xffff) + (~from >>> 16) + (~from & 0xffff) + (to >>> 16) + (to & 0xffff);
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    this.checksum = ~sum & 0xffff;
  },
  updateChecksum64(from: bigint, to: bigint): void {
    this.updateChecksum32(Number(from >> 32n), Number(to >> 32n));
    this.updateChecksum32(Number(from & 0xffffffffn), Number(to & 0xffffffffn));
  },
};
