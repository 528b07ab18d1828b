/**
 * Programs in all the TypeScript that people write around them. Every `spot` occurs once in this file, so where it is in
 * a method's text says where it must be found here.
 *
 * @module
 */
// deno-lint-ignore-file no-explicit-any no-inferrable-types no-unused-vars prefer-const

import { kernel, variable } from "./hints.ts";

enum Protocol {
  Tcp = 6,
  Udp = 17,
}
const enum Limit {
  Small = 0x10,
}
const PORT = 0x0800;
const DEBUG = false as const;

interface Flow {
  packets: number;
  bytes: bigint;
}

export abstract class Base {
  [name: string]: any;
  abstract program(packet: DataView): number | void;
}

export class Decorated extends Base {
  // program(packet) { this.count += 1; } in a comment must not be taken for it
  text = "program(packet) { return 1; }";

  @kernel(() => ({ Protocol, PORT, twice: (value: number) => value * 2, when: { program(packet: unknown) {} } }))
  program(
    packet: DataView & { byteLength: number }, // the packet
  ): number {
    const protocol: Protocol = packet.getUint8(23) as Protocol;
    /* a comment with program(packet) { */
    if (this.spot1 > Limit.Small && (this.spot2 as number) === PORT) return this.spot3!;
    let total: bigint = 0n, other: number | undefined;
    for (const port of [1, 2, 3] as const) {
      total += BigInt(this.spot4[port]!) *
          1_000n + this.spot5({ packets: 0x10, bytes: 5n } satisfies Flow);
    }
    if (DEBUG) {
      this.neverSeen += 1;
    }
    if (protocol === Protocol.Tcp) {
      this.spot6 += 1;
    } else if (protocol === Protocol.Udp) {
      this.spot7 += "single" as string === "double" ? 1 : +true;
    } else {
      (this as unknown as Record<string, number>).spot8 -= 2;
    }
    const { spot9: nine, b: { c: ten = 0x20, spot10: [eleven] } = { c: 1 } }: any = this.spot11;
    const inner = <Value extends object>(value: Value, index?: number): Value | undefined => {
      return this.spot12(value, index ?? (0xffff_ffff as number));
    };
    label: for (let index: number = 0; index < 10; index++) {
      switch (this.spot13 & 3) {
        case 0:
          this.spot14++;
          continue label;
        case 1: {
          break label;
        }
        default:
          this.spot15 = `a${this.spot16}b${index satisfies number}c`;
      }
    }
    do this.spot17--; while (this.spot18 > 0);
    return this.spot19?.get(nine as any)?.spot20 ?? ten ?? inner({ spot21: eleven as never }) as never ?? 1 ** 2;
  }

  @kernel(() => ({}))
  helper<Value>(this: Decorated, value: Value, ...rest: readonly number[]): asserts value is NonNullable<Value> {
    if (!value) throw this.spot22;
    const naïve = rest[0]! + 1;
    this.spot23 = naïve, this.spot24 = true;
    return void this.spot25;
  }
}

export class Besides extends Base {
  @variable("Besides")
  accessor count: number = 0;
  @variable("Besides")
  accessor total = 0;

  get early(): number {
    return this.spot26;
  }

  override program(packet: DataView): number {
    const enabled: boolean = true;
    if (enabled) this.count += this.spot27;
    const mask = 0b1111;
    this.spot28 = 1_000 & mask & packet.getUint8(/* the first */ 0);
    return this.count > 100 ? this.spot29 : this.spot30;
  }
}

export class Bare extends Base {
  program(packet: DataView): number {
    const first = packet.getUint8(0) as number, second = this.spot31;
    if ((first as unknown) !== second) {
      // nothing here
      return this.spot32 satisfies number;
    }
    return this.spot33 > 1 &&
        this.spot34 < 2
      ? 1
      : 2;
  }

  get derived(): { readonly a: number } {
    return { a: this.spot35 };
  }

  set derived(value: { a: number }) {
    this.spot36 = value.a;
  }

  "a string"(value: number): (one: number) => number {
    this.spot37 = value;
    return (one: number): number => one + this.spot38;
  }
}

export class Minified extends Base {
  // deno-fmt-ignore
  program(packet:DataView):number{let a=this.spot39,b:number=2;return a>b&&this.spot40(),a?(this.spot41=1,b):this.spot42}
}

/** Both have the same text: only what is around tells them apart. */
export class FirstTwin extends Base {
  @variable("FirstTwin")
  accessor count = 0;
  program(packet: DataView): number {
    this.count += 1;
    return packet.byteLength as number;
  }
}
export class SecondTwin extends Base {
  @variable("SecondTwin")
  accessor count = 0;
  program(packet: DataView): number {
    this.count += 1;
    return packet.byteLength as number;
  }
}

export const captured = kernel(() => ({ PORT }), (value: number, other: any = { spot43: 1 }): number => {
  return value + (other.spot47 as number);
});
export const plain = (object: any): number => object.spot44 as number;
export function declared(object: { spotless: number } & any, second?: Flow): number {
  return object.spot45 + 1;
}

/** Nothing in it can be touched safely first, and nothing is decorated. */
export class Closed extends Base {
  program(): number {
    outside();
    return this.spot46;
  }
}
export let outsideCalls = 0;
function outside(): void {
  outsideCalls++;
}
