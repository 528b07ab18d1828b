/**
 * What a random program can name at one place, and where that place is.
 *
 * @module
 */

import type { GeneratorOptions } from "./generate.ts";
import type { Piece } from "./piece.ts";
import type { Random } from "./random.ts";
import type { Shape } from "./shapes.ts";

/** Kinds of expressions that programs have always; fixed-point ones come from `decimals.ts`. */
export type ScalarKind = "number" | "bigint" | "boolean";

/** A variable or a local. */
export interface Name {
  readonly name: string | Piece;
  readonly kind: ScalarKind | "fixed";
  readonly writable: boolean;
}

export type Target = Name & { readonly kind: ScalarKind };

/** A struct or an array that a name denotes. */
export interface View {
  readonly name: string | Piece;
  readonly shape: Shape;
}

/** A function that can be called. */
export interface Callee {
  /** `this.m0`, `f1`. */
  readonly text: string;
  readonly takesPacket: boolean;
  readonly parameters: readonly ScalarKind[];
  /** `undefined`: nothing. */
  readonly result: ScalarKind | undefined;
  /** Names of the maps that a call of it may change. */
  readonly changes: ReadonlySet<string>;
}

/** A map that is a field of the program, or one of those in a map of maps. */
export interface MapName {
  readonly name: string;
  /** Of those in a map of maps: the local that denotes it. The name is that of the map of maps: they may be the same. */
  readonly local?: string;
  /** Of maps of maps: what the maps in it are like. */
  readonly inner?: Omit<MapName, "name">;
  readonly kind: MapKind;
  /** Queues, stacks and ring buffers have none. */
  readonly key?: Shape;
  readonly value: Shape;
  readonly maxEntries: number;
}

export type MapKind =
  | "HashMap"
  | "LruHash"
  | "ArrayMap"
  | "PerCpuHash"
  | "PerCpuArray"
  | "LpmTrie"
  | "Queue"
  | "Stack"
  | "RingBuffer"
  | "ArrayOfMaps"
  | "HashOfMaps";

/** What denotes a map in the text. */
export function textOfMap({ name, local }: MapName): string {
  return local ?? `this.${name}`;
}

/** What one block adds. */
export interface Content {
  readonly names?: readonly Name[];
  readonly views?: readonly View[];
  readonly callees?: readonly Callee[];
}

/** What a function's body has. */
export interface FunctionContent extends Content {
  /** What its `return` gives. */
  readonly answer: ScalarKind | "action" | undefined;
  readonly hasPacket: boolean;
  readonly hasThis: boolean;
}

export class Scope {
  readonly random: Random;
  readonly isShaped: boolean;
  readonly hasDecimals: boolean;
  /** Whether programs have more functions than `program()`. */
  readonly hasFunctions: boolean;
  readonly hasMaps: boolean;
  /** Whether there are loops that carry numbers. */
  readonly hasSums: boolean;
  /** Whether there are values that are one of several. */
  readonly hasChoices: boolean;
  /** Whether numbers, bigints and booleans are mixed, and packets have 64 bits. */
  readonly hasWords: boolean;
  /** Whether there are loops over the packet's bytes. */
  readonly hasScans: boolean;
  /** Whether the packet's ends move. */
  readonly movesEnds: boolean;
  /** How many loops enclose this place: `break` and `continue` work there. */
  loops = 0;
  /** How many indexes and offsets enclose this place. */
  indexes = 0;
  answer: FunctionContent["answer"] = "action";
  hasPacket = true;
  hasThis = true;
  /** All maps of the program. */
  maps: readonly MapName[] = [];
  /** Names of the maps that the function at hand may change. */
  changes: Set<string> = new Set();
  #labels: string[] = [];
  #names: Name[][] = [[]];
  #views: View[][] = [[]];
  #callees: Callee[][] = [[]];
  #viewed: string[][] = [[]];
  #fresh = 0;

  constructor(random: Random, options: GeneratorOptions) {
    const {
      shapes = false,
      decimals = false,
      functions = false,
      maps = false,
      sums = false,
      choices = false,
      words = false,
      scans = false,
      ends = false,
    } = options;
    this.random = random;
    this.isShaped = shapes;
    this.hasDecimals = decimals;
    this.hasFunctions = functions;
    this.hasMaps = maps;
    this.hasSums = sums;
    this.hasChoices = choices;
    this.hasWords = words;
    this.hasScans = scans;
    this.movesEnds = ends;
  }

  /** A name that nothing has yet. */
  fresh(prefix: string): string {
    return `${prefix}${this.#fresh++}`;
  }

  get names(): Name[] {
    return this.#names.flat();
  }
  get views(): View[] {
    return this.#views.flat();
  }
  get callees(): Callee[] {
    return this.#callees.flat();
  }
  /** Maps that have a view here, which a change would end. */
  get viewed(): ReadonlySet<string> {
    return new Set(this.#viewed.flat());
  }
  /** Labels of the loops around. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  declare(...names: Name[]): void {
    this.#names[this.#names.length - 1].push(...names);
  }
  declareView(...views: View[]): void {
    this.#views[this.#views.length - 1].push(...views);
  }
  declareCallee(callee: Callee): void {
    this.#callees[this.#callees.length - 1].push(callee);
  }
  /** There is a view of a map from here to the end of the block. */
  keepViewed(map: string): void {
    this.#viewed[this.#viewed.length - 1].push(map);
  }

  /** What is made inside a block. */
  within<Result>({ names = [], views = [], callees = [] }: Content, make: () => Result): Result {
    this.#names.push([...names]);
    this.#views.push([...views]);
    this.#callees.push([...callees]);
    this.#viewed.push([]);
    const result = make();
    this.#names.pop();
    this.#views.pop();
    this.#callees.pop();
    this.#viewed.pop();
    return result;
  }

  /** What is made inside a loop. */
  inLoop<Result>(label: string | undefined, content: Content, make: () => Result): Result {
    const before = this.#labels;
    if (label) this.#labels = [...before, label];
    this.loops++;
    const result = this.within(content, make);
    this.loops--;
    this.#labels = before;
    return result;
  }

  /** What is made inside a function; `isClosed`: it sees nothing of what is around it. */
  inFunction<Result>(content: FunctionContent, isClosed: boolean, make: () => Result): Result {
    const { loops, answer, hasPacket, hasThis, changes } = this;
    const before = [this.#labels, this.#names, this.#views, this.#callees, this.#viewed] as const;
    Object.assign(this, { loops: 0, answer: content.answer, hasPacket: content.hasPacket, hasThis: content.hasThis });
    this.#labels = [];
    this.changes = new Set();
    if (isClosed) [this.#names, this.#views, this.#callees, this.#viewed] = [[], [], [], []];
    const result = this.within(content, make);
    Object.assign(this, { loops, answer, hasPacket, hasThis, changes });
    [this.#labels, this.#names, this.#views, this.#callees, this.#viewed] = before;
    return result;
  }
}
