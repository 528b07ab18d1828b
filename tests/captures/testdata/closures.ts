/** Functions that outlive the scopes they were written in, wrappers, getters that capture, members of objects. */
import { globalVar, kernel, type Packet, u32, XDP, type XdpAction } from "../../../mod.ts";
import { report } from "./report.ts";

const STEP = 10;
const library = { PORT: 7, deep: { SIZE: 3 } };
const add = kernel(() => ({ STEP }), (a: number, b: number) => a + b + STEP);

class Closures extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u32)
  accessor other = 0;

  program(packet: Packet) {
    const counter = (step: number) => {
      let sum = step;
      return () => sum += packet.byteLength;
    };
    const one = counter(1);
    const two = counter(2);
    one();
    this.count = one() * 1000 + two();
    let last = () => 0;
    for (const n of [1, 2, 3]) {
      const size = n * packet.byteLength;
      if (n < 3) last = () => size;
    }
    this.other = last();
    for (const part of [4, 5].map((n) => () => n * packet.byteLength)) this.other += part();
    return XDP.PASS;
  }
}

type Method = (this: Wrapped, packet: Packet) => XdpAction;

/** A decorator whose wrapper captures what it wraps. */
function counted(method: Method, _: ClassMethodDecoratorContext<Wrapped, Method>): Method {
  return kernel(() => ({ method }), function (this: Wrapped, ...args: [Packet]) {
    this.count += 100;
    return method.call(this, ...args);
  });
}

class Wrapped extends XDP {
  @globalVar(u32)
  accessor count = 0;

  @kernel(() => ({ add, PORT: library.PORT, SIZE: library.deep.SIZE }))
  get sum() {
    return add.apply(null, [library.PORT, library.deep.SIZE]);
  }

  @counted
  @kernel(() => ({ XDP }))
  program(packet: Packet): XdpAction {
    this.count += this.sum + packet.byteLength;
    return XDP.TX;
  }
}

report("closures", () => new Closures(), ({ count, other }) => [count, other]);
report("wrapped", () => new Wrapped(), ({ count }) => [count]);
