/** Classes in all places where a class can stand. */
import { globalVar, kernel, u32, XDP } from "../../../mod.ts";
import Anonymous from "./anonymous.ts";
import { report } from "./report.ts";

const LIMIT = 5;

export default class Exported extends XDP {
  @globalVar(u32)
  accessor count = 0;

  @kernel(() => ({ LIMIT }))
  program() {
    this.count += LIMIT;
    return XDP.PASS;
  }
}

const Expression = class extends XDP {
  @globalVar(u32)
  accessor count = 0;

  @kernel(() => ({ LIMIT, Expression }))
  program() {
    this.count += LIMIT + Expression.length;
    return XDP.DROP;
  }
};

function makeClass(port: number, limits: readonly number[]) {
  const doubled = port * 2;
  return class extends XDP {
    @globalVar(u32)
    accessor count = 0;

    @kernel(() => ({ port, doubled, limits, LIMIT }))
    program() {
      this.count += port + doubled + LIMIT;
      for (const limit of limits) this.count += limit;
      return XDP.PASS;
    }
  };
}

const holder = {
  Inside: class extends XDP {
    @globalVar(u32)
    accessor count = 0;

    @kernel(() => ({ LIMIT }))
    program() {
      this.count = LIMIT * LIMIT;
      return XDP.PASS;
    }
  },
};

const [First, Second] = [makeClass(100, [1]), makeClass(2000, [])];
report("default anonymous", () => new Anonymous(), ({ count }) => [count]);
report("default named", () => new Exported(), ({ count }) => [count]);
report("expression", () => new Expression(), ({ count }) => [count]);
report("inside a function", () => new First(), ({ count }) => [count]);
report("inside a function again", () => new Second(), ({ count }) => [count]);
report("inside an object", () => new holder.Inside(), ({ count }) => [count]);
