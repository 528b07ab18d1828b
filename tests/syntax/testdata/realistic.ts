/**
 * A program as people write them: the same few names again and again, so that a place is only found by what is around.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any no-inferrable-types

enum Verdict {
  Drop = 1,
  Pass = 2,
}
const LIMIT: number = 1_000;
const IPV4 = 0x0800, IPV6 = 0x86dd;

export class Firewall {
  declare mode: number;
  declare count: number;
  declare bytes: bigint;
  declare dropped: number;
  declare ports: any;
  declare flows: any;

  program(packet: any): number {
    const etherType: number = packet.getUint16(12);
    this.count += 1; // every packet
    this.bytes += BigInt(packet.byteLength as number);

    if (etherType !== IPV4 && etherType !== IPV6) {
      this.count -= 1;
      return Verdict.Pass;
    }
    /* The rest is about IP, and `this.count += 1` in a comment is none. */
    const protocol = packet.getUint8(23) as number, source = packet.getUint32(26) as number;
    const debug: boolean = false;
    if (debug) {
      this.count += 1;
      this.dropped += 1;
    }
    let verdict: Verdict = Verdict.Pass;
    switch (this.mode as number) {
      case 0:
        this.count += 1;
        break;
      case 1:
        this.count += 2;
        // falls through
      default: {
        this.count += packet.getUint8(14)! & 0x0f;
        this.dropped += 0;
      }
    }
    const flow = this.flows.get(source);
    if (flow !== undefined) {
      flow.packets += 1;
      flow.bytes += BigInt(packet.byteLength);
      if ((flow.packets as number) > LIMIT) {
        this.dropped += 1;
        verdict = Verdict.Drop;
      }
    } else {
      this.flows.set(source, { packets: 1, bytes: BigInt(packet.byteLength) });
    }
    const port: number = packet.getUint16(36);
    if (
      this.ports.includes(port) ||
      this.ports.includes(
        packet.getUint16(34) satisfies number,
      )
    ) {
      this.count += 1;
      this.bytes += 1n;
    }
    const half = (this.count as number) >>> 1, rest = this.count & 1;
    this.mode = half > rest ? this.mode : this.mode + 1;
    return protocol === 6 ? verdict : this.mode === Verdict.Drop ? Verdict.Drop : Verdict.Pass;
  }
}
