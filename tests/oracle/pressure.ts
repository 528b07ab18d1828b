/**
 * Random programs that need more registers than there are: dozens of locals of 32 and 64 bits that all live to the end, in
 * straight code, branches and loops, with calls of helpers (which destroy half of the registers) in between.
 *
 * @module
 */

import type { RandomProgram } from "./generate.ts";
import { expression, type Piece, print, statement } from "./piece.ts";
import { Random } from "./random.ts";
import { type Engine, run } from "./run.ts";

const PACKET = 64;

/** Seeds that have found something once. */
const FOUND = [1102];
const PROGRAMS = 120;

/** Runs programs on an engine: a text for each that does something else there than as plain JavaScript. */
export function pressureFailures(engine: Engine): readonly string[] {
  return [...FOUND, ...Array.from({ length: PROGRAMS }, (_, i) => i + 1)].flatMap((seed) => {
    const program = generatePressure(seed);
    const outcome = run(program, program.body, [engine]);
    if (outcome.status === "same" || outcome.status === "refused") return [];
    // Loops with many ways through them are another matter than registers.
    if (outcome.status === "rejected" && outcome.why.includes("too complex")) return [];
    return [`seed ${seed}: ${outcome.status}: ${outcome.why}\n${print(program.body)}`];
  });
}

/** Makes the program of a seed. */
export function generatePressure(seed: number): RandomProgram {
  return new Generator(new Random(seed)).program();
}

class Generator {
  readonly #random: Random;
  readonly #words: readonly string[];
  readonly #bigints: readonly string[];
  #loops = 0;

  constructor(random: Random) {
    this.#random = random;
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    this.#words = names("w", 4 + random.below(28));
    this.#bigints = names("b", 1 + random.below(14));
  }

  program(): RandomProgram {
    const random = this.#random;
    const statements = Array.from({ length: 6 + random.below(30) }, () => this.#statement(2));
    const body: Piece = {
      kind: "block",
      parts: [
        `{\nif (packet.byteLength < ${PACKET}) return XDP.DROP;\n`,
        ...this.#words.map((name) => `let ${name} = packet.getUint32(${random.below(PACKET - 3)});\n`),
        ...this.#bigints.map((name) => `let ${name} = packet.getBigUint64(${random.below(PACKET - 7)});\n`),
        ...statements,
        ...this.#words.map((name) => `this.word = (this.word ^ ${name}) * 3;\n`),
        ...this.#bigints.map((name) => `this.bigint = this.bigint * 5n ^ ${name};\n`),
        "return XDP.PASS;\n}",
      ],
    };
    return {
      globals: [
        { name: "word", type: "u32", initial: 0 },
        { name: "bigint", type: "u64", initial: 0n },
        { name: "counter", type: "u64", initial: 7n },
      ],
      locals: [],
      packetVariables: [],
      maps: [],
      minimumPacketSize: 0,
      body,
      packets: Array.from(
        { length: 2 },
        () =>
          Uint8Array.from(
            { length: PACKET },
            () => random.chance(30) ? random.pick([0, 1, 127, 128, 255]) : random.below(256),
          ),
      ),
    };
  }

  #block(depth: number): Piece {
    const statements = Array.from({ length: 1 + this.#random.below(4) }, () => this.#statement(depth - 1));
    return { kind: "block", parts: ["{\n", ...statements, "}\n"] };
  }

  #statement(depth: number): Piece {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 12) return statement(random.pick(CALLS));
    if (depth > 0 && choice < 27) return statement("if (", this.#test(), ") ", this.#block(depth));
    if (depth > 0 && choice < 32) {
      return statement("if (", this.#test(), ") ", this.#block(depth), "else ", this.#block(depth));
    }
    if (depth > 0 && choice < 40 && this.#loops < 2) return this.#loop(depth);
    return choice < 75 ? this.#wordAssignment() : this.#bigintAssignment();
  }

  #loop(depth: number): Piece {
    const counter = `i${this.#loops++}`;
    const body = this.#block(depth);
    this.#loops--;
    const limit = this.#random.pick(["3", "9", `(${this.#word()} & 3)`]);
    return statement(`for (let ${counter} = 0; ${counter} < ${limit}; ${counter}++) `, body);
  }

  #word(): string {
    return this.#random.pick(this.#words);
  }

  #bigint(): string {
    return this.#random.pick(this.#bigints);
  }

  #test(): Piece {
    const operator = this.#random.pick(["<", "<=", ">", ">=", "===", "!=="]);
    const [left, right] = this.#random.chance(70)
      ? [this.#word(), this.#random.chance(50) ? this.#word() : String(this.#random.below(2 ** 32))]
      : [this.#bigint(), this.#bigint()];
    return expression("boolean", `${left} ${operator} ${right}`);
  }

  #wordAssignment(): Piece {
    const random = this.#random;
    const [to, a, b, big] = [this.#word(), this.#word(), this.#word(), this.#bigint()];
    const bits = 1 + random.below(31);
    const value = random.pick([
      `(${a} + ${b}) >>> 0`,
      `(${a} - ${b}) >>> 0`,
      `(${a} ^ ${b}) >>> 0`,
      `(${a} << ${bits} | ${a} >>> ${32 - bits}) >>> 0`,
      `Math.imul(${a}, ${b}) >>> 0`,
      `${a} >>> ${bits}`,
      `(${a} & ${random.below(2 ** 31)}) + ${random.below(1000)}`,
      `(${a} >> ${bits}) >>> 0`,
      `Number(${big} >> ${random.below(31) + 33}n)`,
      `Number(${big} & 0xffffffffn)`,
      `Number(BigInt.asIntN(${random.pick([8, 16, 32])}, ${big}) & 0xffffn)`,
    ]);
    return statement(`${to} = ${value};\n`);
  }

  #bigintAssignment(): Piece {
    const random = this.#random;
    const [to, a, b, word] = [this.#bigint(), this.#bigint(), this.#bigint(), this.#word()];
    const value = random.pick([
      `BigInt.asUintN(64, ${a} + ${b})`,
      `BigInt.asUintN(64, ${a} * ${b})`,
      `${a} ^ ${b}`,
      `${a} & ${b}`,
      `${a} >> ${random.below(63)}n`,
      `BigInt.asUintN(64, ${a} << ${1 + random.below(63)}n)`,
      `${a} | BigInt(${word})`,
      `BigInt.asUintN(64, ${a} + 0x123456789abcdefn)`,
    ]);
    return statement(`${to} = ${value};\n`);
  }
}

/** Statements that call, and one that leaves what was there before in a register. */
const CALLS: readonly string[] = [
  "this.bpf.getSmpProcessorId();\n",
  "this.bpf.ktimeGetNs();\n",
  "this.bpf.getPrandomU32();\n",
  "this.counter += 3n;\n",
  "this.word += 5;\n",
];
