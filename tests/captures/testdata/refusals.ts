/**
 * Captures and names that are refused, each with what it shows; `refusals.txt` has the errors.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any require-await -- these are mistakes
import * as ebpf from "../../../mod.ts";
import { EBPF, globalVar, kernel, type Packet, u32, XDP, XDP as Renamed } from "../../../mod.ts";

const PORT = 80;
let counter = 0;
const table = [1, 2, 3];
const config = { port: 1, list: [1, 2] };
const known = new Map([[80, 1]]);
const names = { PORT };
const key = "PORT";

function needsPort() {
  return PORT;
}
const alsoNeedsPort = (n: number) => n + PORT;
const bound = needsPort.bind(null);
async function later() {
  return 1;
}
function* several() {
  yield 1;
}
function counts() {
  return arguments.length;
}
const ping: any = kernel(() => ({ pong }), (n: number) => n > 0 ? pong(n - 1) : 0);
const pong: any = kernel(() => ({ ping }), (n: number) => n > 0 ? ping(n - 1) : 1);
class Limits {
  static #secret = 5;
  static get secret() {
    return this.#secret;
  }
  static read() {
    return Limits.#secret;
  }
}

type Method = (this: any, ...args: any[]) => any;
const traced = (method: Method, _: ClassMethodDecoratorContext): any => {
  return function (this: any, ...args: any[]) {
    return method.call(this, ...args);
  };
};
const printed = (method: Method, _: ClassMethodDecoratorContext): any => {
  return function (this: any) {
    console.log("run");
    return method.apply(this, arguments as any);
  };
};

abstract class Base extends XDP {
  @globalVar(u32)
  accessor count = 0;
  limit = 10;
  table = [1, 2, 3];
  rules = new Set([1]);
}

/** What the error is about → what makes the program. */
export const refusals: Readonly<Record<string, () => XDP>> = {
  "a name without captures": () => {
    return new (class extends Base {
      program() {
        this.count = PORT;
      }
    })();
  },
  "a name missing in the captures": () => {
    return new (class extends Base {
      @kernel(() => ({ table }))
      program() {
        this.count = table[0] + PORT;
      }
    })();
  },
  "a name that a captured function lacks": () => {
    return new (class extends Base {
      @kernel(() => ({ PORT, needsPort }))
      program() {
        this.count = PORT + needsPort();
      }
    })();
  },
  "a name that a captured arrow lacks": () => {
    return new (class extends Base {
      @kernel(() => ({ alsoNeedsPort }))
      program() {
        this.count = alsoNeedsPort(this.limit);
      }
    })();
  },
  "a name that a getter lacks": () => {
    return new (class extends Base {
      get port() {
        return PORT;
      }
      program() {
        this.count = this.port;
      }
    })();
  },
  "a name that a method lacks, called from one that has it": () => {
    return new (class extends Base {
      helper() {
        return PORT + 1;
      }
      @kernel(() => ({ PORT }))
      program() {
        this.count = this.helper() + PORT;
      }
    })();
  },
  "a capture of the subclass, used by the base class": () => {
    class Parent extends Base {
      program() {
        this.count = PORT;
      }
    }
    return new (class extends Parent {
      @kernel(() => ({ PORT }))
      override program() {
        super.program();
      }
    })();
  },
  "the library by another name": () => {
    return new (class extends Base {
      program() {
        return Renamed.PASS;
      }
    })();
  },
  "the library as a namespace": () => {
    return new (class extends Base {
      program() {
        return ebpf.XDP.PASS;
      }
    })();
  },
  "a key in place of a name": () => {
    return new (class extends Base {
      @kernel(() => ({ port: PORT }))
      program() {
        // @ts-ignore: the mistake
        this.count = port;
      }
    })();
  },
  "an object in place of a function": () => {
    return new (class extends Base {
      @kernel({ PORT } as any)
      program() {
        this.count = PORT;
      }
    })();
  },
  "an object in place of a function, for a function": () => {
    kernel({ PORT } as any, needsPort);
    return undefined as never;
  },
  "captures without a function": () => {
    kernel(() => ({ PORT }), undefined as any);
    return undefined as never;
  },
  "@kernel without parentheses": () => {
    return new (class extends Base {
      // @ts-ignore: the mistake
      @kernel
      program() {
        this.count = 1;
      }
    })();
  },
  "@kernel on an accessor": () => {
    return new (class extends Base {
      // @ts-ignore: the mistake
      @kernel(() => ({ PORT }))
      accessor port = 1;
      program() {}
    })();
  },
  "@kernel on a field": () => {
    return new (class extends Base {
      // @ts-ignore: the mistake
      @kernel(() => ({ PORT }))
      port = () => PORT;
      program() {}
    })();
  },
  "an object that was made before": () => {
    return new (class extends Base {
      @kernel(() => names)
      program() {
        this.count = PORT;
      }
    })();
  },
  "a spread element": () => {
    return new (class extends Base {
      @kernel(() => ({ ...names }))
      program() {
        this.count = PORT;
      }
    })();
  },
  "a computed key": () => {
    return new (class extends Base {
      @kernel(() => ({ [key]: PORT }))
      program() {
        this.count = PORT;
      }
    })();
  },
  "an expression": () => {
    return new (class extends Base {
      @kernel(() => ({ PORT: counter + 1 }))
      program() {
        this.count = PORT;
      }
    })();
  },
  "a constant written in the captures": () => {
    return new (class extends Base {
      @kernel(() => ({ PORT: 443 }))
      program() {
        this.count = PORT;
      }
    })();
  },
  "a function written in the captures": () => {
    return new (class extends Base {
      @kernel(() => ({ double: (n: number) => n * 2 }))
      program() {
        // @ts-ignore: the mistake
        this.count = double(this.limit);
      }
    })();
  },
  "captures with a parameter": () => {
    return new (class extends Base {
      @kernel(((PORT: number) => ({ PORT })) as any)
      program() {
        this.count = PORT;
      }
    })();
  },
  "async captures": () => {
    return new (class extends Base {
      @kernel((async () => ({ PORT })) as any)
      program() {
        this.count = PORT;
      }
    })();
  },
  "captures with statements": () => {
    return new (class extends Base {
      @kernel(() => {
        const table = { PORT };
        table.PORT += 1;
        return table;
      })
      program() {
        this.count = PORT;
      }
    })();
  },
  "bound captures": () => {
    return new (class extends Base {
      @kernel((() => ({ PORT })).bind(null))
      program() {
        this.count = PORT;
      }
    })();
  },
  "XDP captured as something else": () => {
    const XDP = { PASS: 1 };
    return new (class extends Base {
      @kernel(() => ({ XDP }))
      override program(): any {
        return XDP.PASS;
      }
    })();
  },
  "a private method": () => {
    return new (class extends Base {
      #helper() {
        return 1;
      }
      program() {
        this.count = this.#helper();
      }
    })();
  },
  "a private field": () => {
    return new (class extends Base {
      #port = 80;
      program() {
        this.count = this.#port;
      }
    })();
  },
  "a private static of a captured class": () => {
    return new (class extends Base {
      @kernel(() => ({ Limits }))
      program() {
        this.count = Limits.read();
      }
    })();
  },
  "a private static behind a getter": () => {
    return new (class extends Base {
      @kernel(() => ({ Limits }))
      program() {
        this.count = Limits.secret;
      }
    })();
  },
  "a bound function": () => {
    return new (class extends Base {
      @kernel(() => ({ bound }))
      program() {
        this.count = bound();
      }
    })();
  },
  "an async function": () => {
    return new (class extends Base {
      @kernel(() => ({ later }))
      program() {
        this.count = later() as any;
      }
    })();
  },
  "a generator": () => {
    return new (class extends Base {
      @kernel(() => ({ several }))
      program() {
        for (const n of several()) this.count += n;
      }
    })();
  },
  "arguments in a captured function": () => {
    return new (class extends Base {
      @kernel(() => ({ counts }))
      program() {
        this.count = counts();
      }
    })();
  },
  "a captured class called": () => {
    return new (class extends Base {
      @kernel(() => ({ Limits }))
      program() {
        this.count = (Limits as any)();
      }
    })();
  },
  "a captured class made": () => {
    return new (class extends Base {
      @kernel(() => ({ Limits }))
      program() {
        const limits = new Limits();
        this.count = limits === undefined ? 1 : 2;
      }
    })();
  },
  "recursion through captures": () => {
    return new (class extends Base {
      @kernel(() => ({ ping }))
      program(packet: Packet) {
        this.count = ping(packet.byteLength);
      }
    })();
  },
  "a decorator that wraps the program": () => {
    return new (class extends Base {
      @traced
      program() {
        this.count = 1;
      }
    })();
  },
  "a decorator that wraps a method, and prints": () => {
    return new (class extends Base {
      @printed
      helper() {
        return 1;
      }
      program() {
        this.count = this.helper();
      }
    })();
  },
  "a decorator above @kernel": () => {
    return new (class extends Base {
      @traced
      @kernel(() => ({ PORT }))
      program() {
        this.count = PORT;
      }
    })();
  },
  "a captured variable assigned": () => {
    return new (class extends Base {
      @kernel(() => ({ counter }))
      program() {
        counter = 5;
      }
    })();
  },
  "a captured variable counted up": () => {
    return new (class extends Base {
      @kernel(() => ({ counter }))
      program() {
        counter++;
      }
    })();
  },
  "an uncaptured variable counted up": () => {
    return new (class extends Base {
      program() {
        counter += 1;
      }
    })();
  },
  "an element of a captured array assigned": () => {
    return new (class extends Base {
      @kernel(() => ({ table }))
      program() {
        table[0] = this.count;
      }
    })();
  },
  "a captured array extended": () => {
    return new (class extends Base {
      @kernel(() => ({ table }))
      program() {
        table.push(4);
      }
    })();
  },
  "a captured object changed": () => {
    return new (class extends Base {
      @kernel(() => ({ config }))
      program() {
        config.port += 1;
      }
    })();
  },
  "a captured object's array assigned by a pattern": () => {
    return new (class extends Base {
      @kernel(() => ({ config }))
      program() {
        [config.list[0]] = [5];
      }
    })();
  },
  "a captured map changed": () => {
    return new (class extends Base {
      @kernel(() => ({ known }))
      program() {
        known.set(443, 1);
      }
    })();
  },
  "Object.assign to a captured object": () => {
    return new (class extends Base {
      @kernel(() => ({ config }))
      program() {
        Object.assign(config, { port: 2 });
      }
    })();
  },
  "a property deleted": () => {
    return new (class extends Base {
      @kernel(() => ({ config }))
      program() {
        delete (config as any).port;
      }
    })();
  },
  "a plain field assigned": () => {
    return new (class extends Base {
      program() {
        this.limit = 5;
      }
    })();
  },
  "an element of a field's array assigned": () => {
    return new (class extends Base {
      program() {
        this.table[1] = 5;
      }
    })();
  },
  "a field's array sorted": () => {
    return new (class extends Base {
      program() {
        this.table.sort();
      }
    })();
  },
  "a field's set extended": () => {
    return new (class extends Base {
      program() {
        this.rules.add(5);
      }
    })();
  },
  "a static assigned": () => {
    return new (class extends Base {
      @kernel(() => ({ Limits }))
      program() {
        (Limits as any).maximum = 5;
      }
    })();
  },
  "a base class that is no program's": () => {
    return new (class extends Base {
      program() {
        this.count = EBPF.length;
      }
    })();
  },
};
