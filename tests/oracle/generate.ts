/**
 * Random well-typed programs of the language, as trees that can be printed and shrunk.
 *
 * @module
 */

import { Random } from "./random.ts";

/** A piece of program text with a kind, so that it can be replaced by another of that kind. */
export interface Piece {
  readonly kind: Kind;
  readonly parts: readonly (string | Piece)[];
}
/** `number`, `bigint`, `boolean` expressions; statements; and the whole. */
export type Kind = "number" | "bigint" | "boolean" | "statement" | "block";

/** A variable of a random program. */
export interface RandomVariable {
  readonly name: string;
  readonly type: string;
  readonly initial: number | bigint | boolean;
}

/** A program and what it is run on. */
export interface RandomProgram {
  readonly globals: readonly RandomVariable[];
  readonly locals: readonly RandomVariable[];
  readonly packetVariables: readonly { readonly name: string; readonly type: string; readonly offset: number }[];
  readonly minimumPacketSize: number;
  readonly body: Piece;
  readonly packets: readonly Uint8Array[];
}

const TYPES = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool"] as const;
const PACKET_TYPES = [
  "u8",
  "u16",
  "u32",
  "u64",
  "i8",
  "i16",
  "i32",
  "be16",
  "be32",
  "bei16",
  "bei32",
  "le16",
  "le32",
] as const;
const EDGES = [
  0,
  1,
  2,
  3,
  5,
  7,
  31,
  32,
  127,
  128,
  255,
  256,
  0x7fff,
  0x8000,
  0xffff,
  0x10000,
  0x7fffffff,
  0x80000000,
  0xffffffff,
];

/** Makes the program of a seed. */
export function generate(seed: number): RandomProgram {
  return new Generator(new Random(seed)).program();
}

/** The text of a piece. */
export function print(piece: Piece): string {
  return piece.parts.map((part) => typeof part === "string" ? part : print(part)).join("");
}

interface Name {
  readonly name: string;
  readonly kind: "number" | "bigint" | "boolean";
  readonly writable: boolean;
}

class Generator {
  readonly #random: Random;
  #scopes: Name[][] = [];
  #fresh = 0;
  #variables: Name[] = [];
  /** How many loops enclose this place: `break` and `continue` work there. */
  #loops = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  program(): RandomProgram {
    const random = this.#random;
    const some = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => this.#variable(`${prefix}${i}`, random.pick(TYPES)));
    const globals = some("g", 3 + random.below(4));
    const locals = some("l", random.below(3));
    const packetVariables = Array.from({ length: random.below(4) }, (_, i) => ({
      name: `p${i}`,
      type: random.pick(PACKET_TYPES),
      offset: random.below(40),
    }));
    this.#variables = [
      ...[...globals, ...locals].map(({ name, type }) => ({
        name: `this.${name}`,
        kind: kindOf(type),
        writable: true,
      })),
      ...packetVariables.map(({ name, type }) => ({ name: `this.${name}`, kind: kindOf(type), writable: true })),
    ];
    const minimumPacketSize = random.chance(20) ? 14 + random.below(40) : 0;
    const body = this.#block(3, 3 + random.below(6));
    const packets = [14, 20 + random.below(30), 64].map((length) =>
      Uint8Array.from({ length }, () => random.chance(30) ? random.pick([0, 1, 127, 128, 255]) : random.below(256))
    );
    return { globals, locals, packetVariables, minimumPacketSize, body, packets };
  }

  #variable(name: string, type: string): RandomVariable {
    return { name, type, initial: this.#initial(type) };
  }

  #initial(type: string): number | bigint | boolean {
    if (type === "bool") return this.#random.chance(50);
    const bits = Number(type.slice(1));
    const value = BigInt(this.#random.pick(EDGES)) * (bits === 64 && this.#random.chance(30) ? 0x100000001n : 1n);
    const wrapped = type[0] === "i"
      ? BigInt.asIntN(bits, this.#random.chance(50) ? -value : value)
      : BigInt.asUintN(bits, this.#random.chance(30) ? -value : value);
    return bits === 64 ? wrapped : Number(wrapped);
  }

  #block(depth: number, count: number): Piece {
    this.#scopes.push([]);
    const statements = Array.from({ length: count }, () => this.#statement(depth));
    this.#scopes.pop();
    return { kind: "block", parts: ["{\n", ...statements, "}\n"] };
  }

  #statement(depth: number): Piece {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 25) return this.#declaration();
    if (choice < 60 || depth === 0) return this.#assignment();
    if (choice < 72) return this.#if(depth);
    if (choice < 80) return this.#loop(depth);
    if (choice < 84) return this.#switch(depth);
    if (choice < 86 && this.#loops > 0) {
      return statement("if (", this.#expression("boolean", 1), ") ", random.pick(["break", "continue"]), ";\n");
    }
    if (choice < 90) return statement("return ", this.#action(), ";\n");
    if (choice < 95) return this.#packetWrite();
    return statement("void (", this.#expression(this.#random.pick(["number", "bigint", "boolean"]), 2), ");\n");
  }

  #action(): Piece {
    return { kind: "number", parts: [this.#random.pick(["XDP.PASS", "XDP.DROP", "XDP.TX", "XDP.ABORTED"])] };
  }

  #declaration(): Piece {
    const kind = this.#random.pick(["number", "number", "bigint", "boolean"] as const);
    const name = `v${this.#fresh++}`;
    const writable = this.#random.chance(60);
    const initial = this.#expression(kind, 3);
    this.#scopes[this.#scopes.length - 1].push({ name, kind, writable });
    return statement(`${writable ? "let" : "const"} ${name} = `, initial, ";\n");
  }

  #if(depth: number): Piece {
    const test = this.#expression("boolean", 2);
    const then = this.#block(depth - 1, 1 + this.#random.below(3));
    if (this.#random.chance(50)) return statement("if (", test, ") ", then);
    return statement("if (", test, ") ", then, "else ", this.#block(depth - 1, 1 + this.#random.below(3)));
  }

  /** A loop that ends; its counter is a const as far as the body is concerned. */
  #loop(depth: number): Piece {
    const random = this.#random;
    const name = `i${this.#fresh++}`;
    // Nested loops multiply, and the verifier follows every turn.
    const limit = random.pick(this.#loops > 0 ? [2, 3] : [2, 3, 5, 20, 40]);
    const body = (writable = false) => {
      this.#scopes.push([{ name, kind: "number", writable }]);
      this.#loops++;
      const block = this.#block(depth - 1, 1 + random.below(3));
      this.#loops--;
      this.#scopes.pop();
      return block;
    };
    switch (random.below(4)) {
      case 0:
        return statement(`for (let ${name} = ${limit}; ${name} > 0; ${name}${random.pick(["--", " -= 2"])}) `, body());
      case 1:
        return statement(`for (const ${name} of [${random.pick(["1, 2", "3, 200, 70000", "0"])}]) `, body());
      case 2:
        return statement(`{ let ${name} = 0; do `, body(), `while (++${name} < ${limit}); }\n`);
      default:
        return statement(`for (let ${name} = 0; ${name} < ${limit}; ${name}++) `, body());
    }
  }

  #switch(depth: number): Piece {
    const random = this.#random;
    const cases = Array.from({ length: 1 + random.below(4) }, (_, i): Piece => {
      const head = random.chance(80)
        ? `case ${random.chance(50) ? i : random.pick(EDGES)}: `
        : i === 2
        ? "default: "
        : `case ${i + 9}: `;
      return statement(head, this.#block(depth - 1, 1 + random.below(2)), random.chance(70) ? "break;\n" : "");
    });
    return statement("switch (", this.#expression("number", 1), ") {\n", ...cases, "}\n");
  }

  #assignment(): Piece {
    const target = this.#target();
    if (!target) return this.#declaration();
    return statement("", this.#assign(target, true), ";\n");
  }

  #target(kind?: string): Name | undefined {
    const names = this.#names().filter((name) => name.writable && (!kind || name.kind === kind));
    return names.length > 0 ? this.#random.pick(names) : undefined;
  }

  /** An assignment as an expression of the target's kind. */
  #assign({ name, kind }: Name, discarded = false): Piece {
    const random = this.#random;
    if (kind === "boolean") return expression(kind, `(${name} = `, this.#expression(kind, 2), ")");
    // The value of u64 − u64 is the language's one stated exception (rule 9): only its low bits may be used.
    const wraps = kind === "number" || discarded;
    if (random.chance(20)) {
      const operator = random.pick(wraps ? ["++", "--"] : ["++"]);
      return expression(kind, random.chance(50) ? `(${operator}${name})` : `(${name}${operator})`);
    }
    const operators = kind === "number"
      ? ["=", "=", "=", "+=", "-=", "&=", "|=", "^=", "<<=", ">>=", ">>>="]
      : ["=", "=", "=", "+=", wraps ? "-=" : "+=", "&=", "|=", "^="];
    const operator = random.pick(operators);
    return expression(kind, `(${name} ${operator} `, this.#expression(kind, operator === "=" ? 3 : 1), ")");
  }

  #packetWrite(): Piece {
    const offset = this.#random.below(40);
    const [bits, endian] = [this.#random.pick([8, 16, 32]), this.#random.pick(["", ", true", ", false"])];
    const value = this.#expression("number", 2);
    return statement(
      `packet.set${this.#random.pick(["Uint", "Int"])}${bits}(${offset}, `,
      value,
      `${bits === 8 ? "" : endian});\n`,
    );
  }

  #names(): Name[] {
    return [...this.#variables, ...this.#scopes.flat()];
  }

  #expression(kind: "number" | "bigint" | "boolean", depth: number): Piece {
    if (depth <= 0 || this.#random.chance(25)) return this.#leaf(kind);
    if (this.#random.chance(6)) {
      const target = this.#target(kind);
      if (target) return this.#assign(target);
    }
    if (this.#random.chance(8)) {
      const [test, a, b] = [
        this.#expression("boolean", depth - 1),
        this.#expression(kind, depth - 1),
        this.#expression(kind, depth - 1),
      ];
      return expression(kind, "(", test, " ? ", a, " : ", b, ")");
    }
    if (this.#random.chance(6)) {
      const operator = this.#random.pick([" && ", " || "]);
      return expression(kind, "(", this.#expression(kind, depth - 1), operator, this.#expression(kind, depth - 1), ")");
    }
    if (kind === "boolean") return this.#condition(depth);
    return kind === "number" ? this.#number(depth) : this.#bigint(depth);
  }

  #leaf(kind: "number" | "bigint" | "boolean"): Piece {
    const random = this.#random;
    const names = this.#names().filter((name) => name.kind === kind);
    if (names.length > 0 && random.chance(70)) return expression(kind, random.pick(names).name);
    if (kind === "boolean") return expression(kind, random.pick(["true", "false"]));
    if (kind === "number" && random.chance(20)) {
      const [bits, offset] = [random.pick([8, 16, 32]), random.below(40)];
      return expression(
        kind,
        `packet.get${random.pick(["Uint", "Int"])}${bits}(${offset}${bits > 8 && random.chance(50) ? ", true" : ""})`,
      );
    }
    if (kind === "number" && random.chance(10)) return expression(kind, "packet.byteLength");
    const value = random.chance(50) ? random.pick(EDGES) : random.below(100);
    const text = kind === "bigint" ? `${value}n` : random.pick([String(value), `0x${value.toString(16)}`]);
    return expression(kind, random.chance(20) ? `(-${text})` : text);
  }

  #number(depth: number): Piece {
    const random = this.#random;
    const inner = () => this.#expression("number", depth - 1);
    switch (random.below(8)) {
      case 0:
        return expression("number", "(", random.pick(["-", "~", "+"]), inner(), ")");
      case 1:
        return expression("number", "(", inner(), random.pick([" << ", " >> ", " >>> "]), inner(), ")");
      case 2:
        return expression("number", "(", inner(), " >>> 0)");
      case 3:
        return expression("number", "(", inner(), " & ", String(random.pick([1, 7, 0xff, 0xffff, 0x7fffffff])), ")");
      case 4:
        return expression("number", "(", inner(), " * ", random.chance(50) ? String(random.below(100)) : inner(), ")");
      default:
        return expression("number", "(", inner(), random.pick([" + ", " - ", " & ", " | ", " ^ "]), inner(), ")");
    }
  }

  #bigint(depth: number): Piece {
    const random = this.#random;
    const inner = () => this.#expression("bigint", depth - 1);
    switch (random.below(8)) {
      case 0:
        return expression("bigint", "(", random.pick(["-", "~"]), inner(), ")");
      case 1:
        return expression("bigint", "(", inner(), random.pick([" << ", " >> "]), String(random.below(64)), "n)");
      case 2:
        return expression(
          "bigint",
          `BigInt.as${random.pick(["Uint", "Int"])}N(${random.pick([8, 16, 32, 64])}, `,
          inner(),
          ")",
        );
      case 3:
        return expression("bigint", "BigInt(", this.#expression("number", depth - 1), ")");
      case 4: {
        const operator = random.pick([" * ", " - ", " + "]);
        return expression(
          "bigint",
          `BigInt.as${random.pick(["Uint", "Int"])}N(64, (`,
          inner(),
          operator,
          inner(),
          "))",
        );
      }
      default:
        return expression("bigint", "(", inner(), random.pick([" + ", " & ", " | ", " ^ "]), inner(), ")");
    }
  }

  #condition(depth: number): Piece {
    const random = this.#random;
    const inner = () => this.#expression("boolean", depth - 1);
    switch (random.below(6)) {
      case 0:
        return expression("boolean", "!", inner());
      case 1:
        return expression("boolean", "(", inner(), random.pick([" && ", " || "]), inner(), ")");
      case 2:
        return expression(
          "boolean",
          `(packet.byteLength ${random.pick(["<", "<=", ">", ">="])} ${14 + random.below(40)})`,
        );
      default: {
        const kind = random.pick(["number", "number", "bigint"] as const);
        const operator = random.pick([" === ", " !== ", " < ", " <= ", " > ", " >= "]);
        return expression(
          "boolean",
          "(",
          this.#expression(kind, depth - 1),
          operator,
          this.#expression(kind, depth - 1),
          ")",
        );
      }
    }
  }
}

function kindOf(type: string): Name["kind"] {
  if (type === "bool") return "boolean";
  return type.endsWith("64") ? "bigint" : "number";
}

function statement(...parts: (string | Piece)[]): Piece {
  return { kind: "statement", parts };
}

function expression(kind: Kind, ...parts: (string | Piece)[]): Piece {
  return { kind, parts };
}
