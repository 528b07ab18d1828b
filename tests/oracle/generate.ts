/**
 * Random well-typed programs of the language, as trees that can be printed and shrunk.
 *
 * @module
 */

import { randomFixed } from "./decimals.ts";
import { EDGES } from "./expressions.ts";
import { type RandomFunction, randomFunction } from "./functions.ts";
import { MOST_IN_MAPS, type RandomMap, randomMaps } from "./maps.ts";
import { HEADERS } from "./packets.ts";
import { type Piece, statement } from "./piece.ts";
import { Random } from "./random.ts";
import { type Content, type Name, Scope, type View } from "./scope.ts";
import { countScalars, randomShape, randomValue, type Shape, shapeText } from "./shapes.ts";
import { block } from "./statements.ts";

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
  readonly maps: readonly RandomMap[];
  readonly minimumPacketSize: number;
  /** The block of `program()`; with functions a list of statements, the last of which returns the class. */
  readonly body: Piece;
  readonly packets: readonly Uint8Array[];
}

/** What programs may have besides scalars. */
export interface GeneratorOptions {
  /** Variables that are structs and arrays. */
  readonly shapes?: boolean;
  /** Fixed-point variables; what runs them must know of {@linkcode Doubt}. */
  readonly decimals?: boolean;
  /** Methods, captured functions, arrow functions, labels, and ways to leave the program from within. */
  readonly functions?: boolean;
  /** Maps that are fields. */
  readonly maps?: boolean;
  /** Loops that carry numbers, and questions about these. */
  readonly sums?: boolean;
  /** Views, objects and numbers that are one of several. */
  readonly choices?: boolean;
  /** Numbers, bigints and booleans that become each other, shifts of bigints by what the run tells, 64 bits of packets. */
  readonly words?: boolean;
  /** Loops over the packet's bytes. */
  readonly scans?: boolean;
  /** Moves of the packet's ends. */
  readonly ends?: boolean;
}

const TYPES = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool"] as const;
const PACKET_TYPES = [
  ...["u8", "u16", "u32", "u64", "i8", "i16", "i32"] as const,
  ...["be16", "be32", "bei16", "bei32", "le16", "le32"] as const,
];

/** Makes the program of a seed. */
export function generate(seed: number, options: GeneratorOptions = {}): RandomProgram {
  const scope = new Scope(new Random(seed), options);
  const { random } = scope;
  const variables = scalarVariables(scope);
  const shaped = scope.isShaped ? shapedVariables(scope) : NO_SHAPES;
  const maps = scope.hasMaps ? mapsOf(scope, shaped) : [];
  scope.maps = maps;
  const minimumPacketSize = random.chance(20) ? 14 + random.below(40) : 0;
  const body = scope.hasFunctions ? withFunctions(scope, variables, shaped) : programBlock(scope, variables, shaped);
  const packets = [14, 20 + random.below(30), 64].map((length) =>
    Uint8Array.from({ length }, () => random.chance(30) ? random.pick([0, 1, 127, 128, 255]) : random.below(256))
  );
  return {
    globals: [...variables.globals, ...shaped.shared.map(variableOf)],
    locals: [...variables.locals, ...shaped.ofRun.map(variableOf)],
    packetVariables: [
      ...variables.packetVariables,
      ...shaped.ofPacket.map((one) => ({ ...variableOf(one), offset: one.offset })),
    ],
    maps,
    minimumPacketSize,
    body,
    packets,
  };
}

interface ScalarVariables extends Pick<RandomProgram, "globals" | "locals" | "packetVariables"> {}

function scalarVariables(scope: Scope): ScalarVariables {
  const { random } = scope;
  const some = (prefix: string, count: number): RandomVariable[] =>
    Array.from({ length: count }, (_, i) => {
      const type = scope.hasDecimals && random.chance(40) ? "fixed" : random.pick(TYPES);
      return { name: `${prefix}${i}`, type, initial: initialValue(random, type) };
    });
  const globals = some("g", 3 + random.below(4));
  const locals = some("l", random.below(3));
  const packetVariables = Array.from({ length: random.below(4) }, (_, i) => ({
    name: `p${i}`,
    type: random.pick(PACKET_TYPES) as string,
    offset: random.below(40),
  }));
  return { globals, locals, packetVariables };
}

function initialValue(random: Random, type: string): number | bigint | boolean {
  if (type === "bool") return random.chance(50);
  if (type === "fixed") return randomFixed(random);
  const bits = Number(type.replace(/\D/g, ""));
  const value = BigInt(random.pick(EDGES)) * (bits === 64 && random.chance(30) ? 0x100000001n : 1n);
  const wrapped = type.includes("i")
    ? BigInt.asIntN(bits, random.chance(50) ? -value : value)
    : BigInt.asUintN(bits, random.chance(30) ? -value : value);
  return bits === 64 ? wrapped : Number(wrapped);
}

interface Shaped extends RandomVariable {
  readonly shape: Shape;
}

interface ShapedVariables {
  readonly shared: readonly Shaped[];
  readonly ofRun: readonly Shaped[];
  readonly ofPacket: readonly (Shaped & { readonly offset: number })[];
}

const NO_SHAPES: ShapedVariables = { shared: [], ofRun: [], ofPacket: [] };

/** Structs and arrays; some of a type that another one has, so that they can be copied. */
function shapedVariables({ random }: Scope): ShapedVariables {
  const some = (prefix: string, count: number, depth: number): Shaped[] =>
    Array.from({ length: count }, (_, i) => {
      const shape = randomShape(random, depth);
      const initial = randomValue(random, shape, (type) => initialValue(random, type));
      return { name: `${prefix}${i}`, type: shapeText(shape), initial, shape };
    });
  const twin = <One extends Shaped>(one: One): One => ({ ...one, name: `${one.name}b` });
  const shared = random.chance(80) ? some("s", 1 + random.below(3), 2) : [];
  const twins = shared.filter(() => random.chance(30)).map(twin);
  // The stack is small.
  const ofRun = random.chance(30) ? some("t", 1, 1).filter(({ shape }) => countScalars(shape) < 25) : [];
  const ofPacket = random.chance(30)
    ? some("q", 1, 1).flatMap((one) => [one, ...random.chance(40) ? [twin(one)] : []])
      .map((one) => ({ ...one, offset: random.below(20) }))
    : [];
  return { shared: [...shared, ...twins], ofRun, ofPacket };
}

function mapsOf({ random }: Scope, { shared, ofRun, ofPacket }: ShapedVariables): RandomMap[] {
  const shapes = [...shared, ...ofRun, ...ofPacket].map(({ shape }) => shape)
    .filter((shape) => countScalars(shape) <= MOST_IN_MAPS);
  return randomMaps(random, shapes, (type) => initialValue(random, type));
}

function variableOf({ name, type, initial }: RandomVariable): RandomVariable {
  return { name, type, initial };
}

/** What a method can name of its object: `isWhole`: also the variables of one run. */
function contentOf(variables: ScalarVariables, shaped: ShapedVariables, isWhole: boolean): Content {
  const { globals, locals, packetVariables } = variables;
  const scalars = [...globals, ...isWhole ? locals : [], ...packetVariables];
  const views = [...shaped.shared, ...isWhole ? shaped.ofRun : [], ...shaped.ofPacket];
  return {
    names: scalars.map(({ name, type }): Name => ({ name: `this.${name}`, kind: kindOf(type), writable: true })),
    views: views.map(({ name, shape }): View => ({ name: `this.${name}`, shape })),
  };
}

function kindOf(type: string): Name["kind"] {
  if (type === "bool") return "boolean";
  if (type === "fixed") return "fixed";
  return type.endsWith("64") ? "bigint" : "number";
}

function programBlock(scope: Scope, variables: ScalarVariables, shaped: ShapedVariables): Piece {
  const { random } = scope;
  return scope.within(contentOf(variables, shaped, true), () => block(scope, 3, 3 + random.below(6)));
}

/** Captured functions, a class with methods, and what each function captures. */
function withFunctions(scope: Scope, variables: ScalarVariables, shaped: ShapedVariables): Piece {
  const { random } = scope;
  const captured: RandomFunction[] = [];
  for (let i = random.below(3); i > 0; i--) {
    const callees = captured.map(({ callee }) => callee);
    captured.push(randomFunction(scope, scope.fresh("c"), { callees }, false));
  }
  const methods: RandomFunction[] = [];
  for (let i = 1 + random.below(3); i > 0; i--) {
    const callees = [...captured, ...methods].map(({ callee }) => callee);
    // A function of its own has no variables of one run; so other methods must not bring them in.
    const content = { ...contentOf(variables, shaped, false), callees };
    methods.push(randomFunction(scope, `this.${scope.fresh("m")}`, content, true));
  }
  for (const { callee } of [...captured, ...methods]) scope.declareCallee(callee);
  const program = programBlock(scope, variables, shaped);
  const members = methods.map(({ callee, text }) => statement(callee.text.slice("this.".length), text));
  const all: Piece = { kind: "list", parts: [...members, statement("program(packet) ", program)] };
  const names = captured.map(({ callee }) => callee.text);
  return {
    kind: "list",
    parts: [
      ...captured.map(({ callee, text, isSeparate }, i) => {
        const marked = (fn: Piece) => isSeparate ? ["noinline(", fn, ")"] : [fn];
        const { parts: [parameters, body] } = text;
        const arrow: Piece = { kind: "function", parts: [parameters, "=> ", body] };
        return statement(
          `const ${callee.text} = kernel(`,
          capturesOf(names.slice(0, i)),
          ", ",
          ...marked(arrow),
          ");\n",
        );
      }),
      statement("class Random extends XDP {\n", all, "}\n"),
      ...methods.filter(({ isSeparate }) => isSeparate).map(({ callee }) =>
        statement(`noinline(${prototypeOf(callee.text)});\n`)
      ),
      ...[...methods.map(({ callee }) => callee.text), "this.program"].map((text) =>
        statement("kernel(", capturesOf(names), `, ${prototypeOf(text)});\n`)
      ),
      "return Random;\n",
    ],
  };
}

function prototypeOf(text: string): string {
  return text.replace("this.", "Random.prototype.");
}

function capturesOf(names: readonly string[]): Piece {
  const parts = [...names, ...Object.keys(HEADERS)].map((name): Piece => statement(`${name}, `));
  return { kind: "list", parts: ["() => ({ ", ...parts, "})"] };
}
