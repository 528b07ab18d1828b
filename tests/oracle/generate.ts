/**
 * Random well-typed programs of the language, as trees that can be printed and shrunk.
 *
 * @module
 */

import { bigintArithmetic, fraction, fractionTest, numberArithmetic } from "./arithmetic.ts";
import { exactFixed, fixedStatement, numberOfFixed, randomFixed, type Surroundings, testOfFixed } from "./decimals.ts";
import { expression, type Piece, place, print, statement } from "./piece.ts";
import { Random } from "./random.ts";
import { countScalars, randomShape, randomValue, type Shape, shapeText, valueKind } from "./shapes.ts";

export { type Kind, type Piece, print } from "./piece.ts";

/** A variable of a random program. */
export interface RandomVariable {
  readonly name: string;
  /** The type's text: `u32`, `array(struct({ f0: u8 }), 5)`. */
  readonly type: string;
  readonly initial: unknown;
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

/** What programs may have besides scalars. */
export interface GeneratorOptions {
  /** Variables that are structs and arrays. */
  readonly shapes?: boolean;
  /** Fixed-point variables; what runs them must know of {@linkcode Doubt}. */
  readonly decimals?: boolean;
}

/** Makes the program of a seed. */
export function generate(seed: number, options: GeneratorOptions = {}): RandomProgram {
  return new Generator(new Random(seed), options).program();
}

/** Kinds of expressions that programs have always; fixed-point ones come from `decimals.ts`. */
type ScalarKind = "number" | "bigint" | "boolean";

interface Name {
  readonly name: string | Piece;
  readonly kind: ScalarKind | "fixed";
  readonly writable: boolean;
}

type Target = Name & { readonly kind: ScalarKind };

/** A struct or an array that a name denotes. */
interface View {
  readonly name: string | Piece;
  readonly shape: Shape;
}

interface ShapedVariables {
  readonly shared: readonly RandomVariable[];
  readonly ofRun: readonly RandomVariable[];
  readonly ofPacket: readonly (RandomVariable & { readonly offset: number })[];
}

const NO_SHAPES: ShapedVariables = { shared: [], ofRun: [], ofPacket: [] };

class Generator {
  readonly #random: Random;
  readonly #isShaped: boolean;
  readonly #hasDecimals: boolean;
  #scopes: Name[][] = [];
  /** Views that locals hold, as the scopes have them. */
  #views: View[][] = [];
  #fresh = 0;
  #variables: Name[] = [];
  /** How many loops enclose this place: `break` and `continue` work there. */
  #loops = 0;
  /** How many indexes enclose this place. */
  #indexes = 0;

  constructor(random: Random, { shapes = false, decimals = false }: GeneratorOptions) {
    this.#random = random;
    this.#isShaped = shapes;
    this.#hasDecimals = decimals;
  }

  program(): RandomProgram {
    const random = this.#random;
    const some = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const type = this.#hasDecimals && random.chance(40) ? "fixed" : random.pick(TYPES);
        return this.#variable(`${prefix}${i}`, type);
      });
    const globals = some("g", 3 + random.below(4));
    const locals = some("l", random.below(3));
    const packetVariables = Array.from({ length: random.below(4) }, (_, i) => ({
      name: `p${i}`,
      type: random.pick(PACKET_TYPES) as string,
      offset: random.below(40),
    }));
    const { shared, ofRun, ofPacket } = this.#isShaped ? this.#shapedVariables() : NO_SHAPES;
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
    return {
      globals: [...globals, ...shared],
      locals: [...locals, ...ofRun],
      packetVariables: [...packetVariables, ...ofPacket],
      minimumPacketSize,
      body,
      packets,
    };
  }

  /** Structs and arrays; some of a type that another one has, so that they can be copied. */
  #shapedVariables(): ShapedVariables {
    const random = this.#random;
    const some = (prefix: string, count: number, depth: number) =>
      Array.from({ length: count }, (_, i) => {
        const shape = randomShape(random, depth);
        const initial = randomValue(random, shape, (type) => this.#initial(type));
        return { name: `${prefix}${i}`, type: shapeText(shape), initial, shape };
      });
    const shared = random.chance(80) ? some("s", 1 + random.below(3), 2) : [];
    const twins = shared.filter(() => random.chance(30)).map((one) => ({ ...one, name: `${one.name}b` }));
    // The stack is small.
    const ofRun = random.chance(30) ? some("t", 1, 1).filter(({ shape }) => countScalars(shape) < 25) : [];
    const ofPacket = random.chance(30)
      ? some("q", 1, 1).flatMap((one) => [one, ...random.chance(40) ? [{ ...one, name: `${one.name}b` }] : []])
        .map((one) => ({ ...one, offset: random.below(20) }))
      : [];
    const all = [...shared, ...twins, ...ofRun, ...ofPacket];
    this.#views = [all.map(({ name, shape }) => ({ name: `this.${name}`, shape }))];
    const variable = ({ name, type, initial }: RandomVariable): RandomVariable => ({ name, type, initial });
    return {
      shared: [...shared, ...twins].map(variable),
      ofRun: ofRun.map(variable),
      ofPacket: ofPacket.map(({ offset, ...one }) => ({ ...variable(one), offset })),
    };
  }

  #variable(name: string, type: string): RandomVariable {
    return { name, type, initial: this.#initial(type) };
  }

  #initial(type: string): number | bigint | boolean {
    if (type === "bool") return this.#random.chance(50);
    if (type === "fixed") return randomFixed(this.#random);
    const bits = Number(type.replace(/\D/g, ""));
    const value = BigInt(this.#random.pick(EDGES)) * (bits === 64 && this.#random.chance(30) ? 0x100000001n : 1n);
    const wrapped = type.includes("i")
      ? BigInt.asIntN(bits, this.#random.chance(50) ? -value : value)
      : BigInt.asUintN(bits, this.#random.chance(30) ? -value : value);
    return bits === 64 ? wrapped : Number(wrapped);
  }

  #block(depth: number, count: number): Piece {
    this.#scopes.push([]);
    this.#views.push([]);
    const statements = Array.from({ length: count }, () => this.#statement(depth));
    this.#scopes.pop();
    this.#views.pop();
    return { kind: "block", parts: ["{\n", ...statements, "}\n"] };
  }

  #statement(depth: number): Piece {
    const random = this.#random;
    const choice = random.below(100);
    if (this.#isShaped && random.chance(15)) {
      const piece = this.#viewStatement(depth);
      if (piece) return piece;
    }
    if (this.#hasDecimals && random.chance(30)) {
      const piece = fixedStatement(this.#surroundings(1));
      if (piece) return piece;
    }
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
    if (this.#hasDecimals && this.#random.chance(20)) {
      const value = exactFixed(this.#surroundings(1), 2);
      this.#scopes[this.#scopes.length - 1].push({ name, kind: "fixed", writable: false });
      return statement(`const ${name} = `, value, ";\n");
    }
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

  /** What fixed-point values are made of here. */
  #surroundings(depth: number): Surroundings {
    const names = this.#names().filter((name) => name.kind === "fixed");
    return {
      random: this.#random,
      readable: names.map(({ name }) => name as string),
      writable: names.filter(({ writable }) => writable).map(({ name }) => name as string),
      number: () => this.#expression("number", depth),
      boolean: () => this.#expression("boolean", depth - 1),
      bigint: () => this.#expression("bigint", depth - 1),
    };
  }

  #target(kind?: ScalarKind): Target | undefined {
    const place = this.#isShaped && this.#random.chance(35) ? this.#place(kind) : undefined;
    if (place) return { ...place, writable: true };
    const names = this.#names().flatMap(({ name, kind: is, writable }) =>
      writable && is !== "fixed" && (!kind || is === kind) ? { name, kind: is, writable } : []
    );
    return names.length > 0 ? this.#random.pick(names) : undefined;
  }

  /** An assignment as an expression of the target's kind. */
  #assign({ name, kind }: Target, discarded = false): Piece {
    const random = this.#random;
    if (kind === "boolean") return expression(kind, "(", name, " = ", this.#expression(kind, 2), ")");
    // The value of u64 − u64 is the language's one stated exception (rule 9): only its low bits may be used.
    const wraps = kind === "number" || discarded;
    if (random.chance(20)) {
      const operator = random.pick(wraps ? ["++", "--"] : ["++"]);
      return random.chance(50)
        ? expression(kind, `(${operator}`, name, ")")
        : expression(kind, "(", name, `${operator})`);
    }
    const operators = kind === "number"
      ? ["=", "=", "=", "+=", "-=", "&=", "|=", "^=", "<<=", ">>=", ">>>="]
      : ["=", "=", "=", "+=", wraps ? "-=" : "+=", "&=", "|=", "^="];
    const operator = random.pick(operators);
    // A store cuts off what is behind the point; the expression itself keeps it.
    if (kind === "number" && operator === "=" && discarded && random.chance(15)) {
      const isFixed = this.#hasDecimals && random.chance(50);
      const value = isFixed ? exactFixed(this.#surroundings(1), 1) : fraction(random, () => this.#expression(kind, 1));
      return expression(kind, "(", name, " = ", value, ")");
    }
    return expression(kind, "(", name, ` ${operator} `, this.#expression(kind, operator === "=" ? 3 : 1), ")");
  }

  #packetWrite(): Piece {
    const offset = this.#offset(1);
    const [bits, endian] = [this.#random.pick([8, 16, 32]), this.#random.pick(["", ", true", ", false"])];
    const value = this.#expression("number", 2);
    return statement(
      `packet.set${this.#random.pick(["Uint", "Int"])}${bits}(`,
      offset,
      ", ",
      value,
      `${bits === 8 ? "" : endian});\n`,
    );
  }

  /** Where a packet is accessed: mostly inside. */
  #offset(depth: number): Piece {
    const random = this.#random;
    if (this.#indexes > 0 || random.chance(50)) return expression("number", String(random.below(40)));
    this.#indexes++;
    const offset = this.#expression("number", depth);
    this.#indexes--;
    switch (random.below(5)) {
      case 0:
        return offset;
      case 1:
        return expression("number", "((", offset, ` & 31) ${random.pick(["+", "-"])} ${random.below(20)})`);
      case 2:
        return expression("number", "(", offset, " % 50)");
      default:
        return expression("number", "((", offset, ` & ${random.pick([7, 15, 31, 63])}) + ${random.below(20)})`);
    }
  }

  /** A comparison with the packet's length, in any arrangement. */
  #lengthTest(): Piece {
    const random = this.#random;
    const bytes = String(14 + random.below(40));
    const offset = this.#offset(1);
    const [left, right] = random.pick([
      [["packet.byteLength"], [bytes]],
      [["packet.byteLength"], [offset, " + ", String(random.below(20))]],
      [["packet.byteLength - ", bytes], [offset]],
      [["packet.byteLength - ", offset], [bytes]],
    ]);
    const sides = random.chance(70) ? [left, right] : [right, left];
    return expression("boolean", "(", ...sides[0], random.pick([" < ", " <= ", " > ", " >= "]), ...sides[1], ")");
  }

  /** A scalar somewhere in a view. */
  #place(kind?: ScalarKind): { readonly name: Piece; readonly kind: ScalarKind } | undefined {
    for (let tries = 0; tries < 4; tries++) {
      const found = this.#walk(() => false);
      if (!found) return undefined;
      const is = valueKind(found.shape) as ScalarKind;
      if (!kind || kind === is) return { name: found.name as Piece, kind: is };
    }
    return undefined;
  }

  /** Goes from a view to parts of it until there are none, or `stops` says so. */
  #walk(stops: (shape: Shape) => boolean): View | undefined {
    const random = this.#random;
    const views = this.#views.flat();
    if (views.length === 0) return undefined;
    let { name, shape } = random.pick(views);
    while ((shape.kind === "array" || shape.kind === "struct") && !stops(shape)) {
      if (shape.kind === "struct") {
        const [field, inner] = random.pick(shape.fields);
        [name, shape] = [place(name, `.${field}`), inner];
      } else [name, shape] = [place(name, "[", this.#index(shape.length), "]"), shape.element];
    }
    return { name: place(name), shape };
  }

  #index(length: number): Piece | string {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 40) return String(random.below(length));
    if (choice < 48 || this.#indexes > 1) return random.pick([String(length), "-1", "1000", "0.5"]);
    this.#indexes++;
    const index = this.#expression("number", choice < 80 ? 0 : 1);
    this.#indexes--;
    return choice < 65 ? expression("number", "(", index, ` & ${random.pick([1, 3, 7])})`) : index;
  }

  /** What is done with whole views. */
  #viewStatement(depth: number): Piece | undefined {
    const random = this.#random;
    const view = this.#walk((shape) => random.chance(shape.kind === "array" ? 60 : 40));
    if (!view || valueKind(view.shape) !== "view") return undefined;
    const { name, shape } = view;
    // A local that holds a view is a const.
    const isLocal = !/[.[]/.test(print(place(name)));
    switch (random.below(isLocal ? 3 : 5)) {
      case 0: {
        const local = `w${this.#fresh++}`;
        this.#views[this.#views.length - 1].push({ name: local, shape });
        return statement(`const ${local} = `, name, ";\n");
      }
      case 1:
        return this.#destructuring(view);
      case 2: {
        if (shape.kind !== "array" || depth === 0) return undefined;
        return this.#forOf(view, shape.element, depth);
      }
      case 3: {
        const other = this.#walk((found) => shapeText(found) === shapeText(shape));
        if (!other || shapeText(other.shape) !== shapeText(shape)) return undefined;
        return statement("", name, " = ", other.name, ";\n");
      }
      default:
        return statement("", name, " = ", this.#literal(shape, 2), ";\n");
    }
  }

  #destructuring({ name, shape }: View): Piece {
    const random = this.#random;
    const names: Name[] = [];
    const bind = (part: Shape): string => {
      const local = `v${this.#fresh++}`;
      const kind = valueKind(part);
      if (kind === "view") this.#views[this.#views.length - 1].push({ name: local, shape: part });
      else names.push({ name: local, kind, writable: false });
      return local;
    };
    const parts = shape.kind === "struct"
      ? shape.fields.filter(() => random.chance(60)).map(([field, inner]) => `${field}: ${bind(inner)}`)
      : shape.kind === "array"
      ? Array.from({ length: Math.min(shape.length, 3) }, () => bind(shape.element))
      : [];
    this.#scopes[this.#scopes.length - 1].push(...names);
    const pattern = shape.kind === "struct" ? `{ ${parts.join(", ")} }` : `[${parts.join(", ")}]`;
    return statement(`const ${pattern} = `, name, ";\n");
  }

  #forOf({ name, shape }: View, element: Shape, depth: number): Piece | undefined {
    if (this.#loops > 0 && shape.kind === "array" && shape.length > 5) return undefined;
    const local = `e${this.#fresh++}`;
    const kind = valueKind(element);
    this.#scopes.push(kind === "view" ? [] : [{ name: local, kind, writable: false }]);
    this.#views.push(kind === "view" ? [{ name: local, shape: element }] : []);
    this.#loops++;
    const body = this.#block(depth - 1, 1 + this.#random.below(2));
    this.#loops--;
    this.#scopes.pop();
    this.#views.pop();
    return statement(`for (const ${local} of `, name, ") ", body);
  }

  /** A value of a shape, written out. */
  #literal(shape: Shape, depth: number): Piece {
    if (shape.kind === "scalar" || shape.kind === "bits") {
      return this.#expression(valueKind(shape) as ScalarKind, depth > 0 ? 1 : 0);
    }
    if (depth === 0) {
      const other = this.#walk((found) => shapeText(found) === shapeText(shape));
      if (other && shapeText(other.shape) === shapeText(shape)) return other.name as Piece;
    }
    if (shape.kind === "array") {
      const length = this.#random.chance(60) ? shape.length : this.#random.below(shape.length + 2);
      const elements = Array.from({ length }, () => this.#literal(shape.element, depth - 1));
      return place("[", ...elements.flatMap((element, i) => i > 0 ? [", ", element] : [element]), "]");
    }
    const fields = shape.fields.flatMap(([name, field], i) => [
      `${i > 0 ? ", " : ""}${name}: `,
      this.#literal(field, depth - 1),
    ]);
    return place("{ ", ...fields, " }");
  }

  #names(): Name[] {
    return [...this.#variables, ...this.#scopes.flat()];
  }

  #expression(kind: ScalarKind, depth: number): Piece {
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

  #leaf(kind: ScalarKind): Piece {
    const random = this.#random;
    const place = this.#isShaped && random.chance(30) ? this.#place(kind) : undefined;
    if (place) return expression(kind, place.name);
    const names = this.#names().filter((name) => name.kind === kind);
    if (names.length > 0 && random.chance(70)) return expression(kind, random.pick(names).name);
    if (kind === "boolean") return expression(kind, random.pick(["true", "false"]));
    if (kind === "number" && random.chance(20)) {
      const bits = random.pick([8, 16, 32]);
      const order = bits > 8 && random.chance(50) ? ", true" : "";
      return expression(kind, `packet.get${random.pick(["Uint", "Int"])}${bits}(`, this.#offset(0), `${order})`);
    }
    if (kind === "number" && random.chance(10)) return expression(kind, "packet.byteLength");
    const value = random.chance(50) ? random.pick(EDGES) : random.below(100);
    const text = kind === "bigint" ? `${value}n` : random.pick([String(value), `0x${value.toString(16)}`]);
    return expression(kind, random.chance(20) ? `(-${text})` : text);
  }

  #number(depth: number): Piece {
    const random = this.#random;
    const inner = () => this.#expression("number", depth - 1);
    if (this.#hasDecimals && random.chance(15)) return numberOfFixed(this.#surroundings(depth - 1));
    if (random.chance(20)) return numberArithmetic(random, inner);
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
    if (random.chance(15)) return bigintArithmetic(random, inner);
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
    if (this.#hasDecimals && random.chance(20)) return testOfFixed(this.#surroundings(depth - 1));
    if (random.chance(8)) return fractionTest(random, () => this.#expression("number", depth - 1));
    switch (random.below(6)) {
      case 0:
        return expression("boolean", "!", inner());
      case 1:
        return expression("boolean", "(", inner(), random.pick([" && ", " || "]), inner(), ")");
      case 2:
        return this.#lengthTest();
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
  if (type === "fixed") return "fixed";
  return type.endsWith("64") ? "bigint" : "number";
}
