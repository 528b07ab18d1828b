/**
 * Where an object's variables live: plain memory first, the kernel's map after `load()`, nothing after `close()`.
 *
 * Each object carries its memory under symbols, so that reading a variable costs two loads: the current `DataView`,
 * then the bytes in it. Whatever replaces the `DataView` (growth, load, close) leaves all readers as they are.
 *
 * @module
 */

import type { PlacedVariable, VariableGroup } from "../btf/mod.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import type { KeyedMap } from "../maps/mod.ts";
import { type AnyType, type Memory as Bytes, store } from "../types/mod.ts";
import { GlobalsMap, type Part } from "./globals_map.ts";
import { currentRun, type Run } from "./running.ts";

/** The key of the shared variables' bytes. */
export const globals: unique symbol = Symbol("globals");
/** The key of the local variables' bytes, which are for runs as plain JavaScript. */
export const locals: unique symbol = Symbol("locals");
/** The key of all that is known about an object's variables. */
export const memory: unique symbol = Symbol("memory");

/** An object with variables. */
export interface Holder {
  [globals]: DataView;
  [locals]: DataView;
  readonly [memory]: Memory;
}

/** A decorated accessor. */
export interface Declaration {
  readonly kind: "global" | "local" | "packet" | "entry";
  /** `"#name"` for a private one. */
  readonly name: string;
  readonly type: AnyType;
  /** Bytes from the start of the object's variables of this kind, or of the packet; the index of the map of an entry. */
  readonly offset: number;
  /** What a local begins each run with. */
  readonly initial: unknown;
  /** The getter: by it one sees that a property really is this accessor. */
  readonly get: () => unknown;
  /** An error from where the decorator stands. */
  readonly site: Error;
}

/** Bytes that grow while an object's variables are declared. */
class Area implements Bytes {
  readonly #holder: Holder;
  readonly #key: typeof globals | typeof locals;
  #size = 0;

  constructor(holder: Holder, key: typeof globals | typeof locals) {
    this.#holder = holder;
    this.#key = key;
  }

  get view(): DataView {
    return this.#holder[this.#key];
  }

  set view(view: DataView) {
    this.#holder[this.#key] = view;
  }

  /** Bytes that are taken, up to a multiple of 8. */
  get size(): number {
    return Math.ceil(this.#size / 8) * 8;
  }

  /** Takes the next bytes that fit a type; gives their offset. */
  take({ size, alignment }: AnyType): number {
    const offset = Math.ceil(this.#size / alignment) * alignment;
    this.#size = offset + size;
    if (this.#size > this.view.byteLength) this.#grow();
    return offset;
  }

  #grow(): void {
    const grown = new Uint8Array(new ArrayBuffer(2 * this.size));
    grown.set(new Uint8Array(this.view.buffer));
    this.view = new DataView(grown.buffer);
  }
}

/** Enough for the variables of most programs. */
const initialSize = 64;

/** What is known about an object's variables. */
export class Memory {
  /** The object's name, for messages and the map. */
  readonly name: string;
  /** The variables shared with the kernel. */
  readonly globals: Area;
  readonly #locals: Area;
  /** The run as plain JavaScript that the local variables are of. */
  #run: Run | undefined;
  /** The map that the globals move to: an object's own, or that of the program that it is a part of. */
  map: GlobalsMap;
  /** Where the globals begin in that map's value. */
  base = 0;
  readonly #holder: Holder;
  readonly #part: Part;
  readonly #declarations: Declaration[] = [];
  /** The maps of variables that have one for themselves. */
  readonly maps: KeyedMap<number, unknown>[] = [];
  readonly #guests = new Set<Memory>();
  #joined = false;

  /** Gives an object memory, under keys that consoles and serialisers do not show. */
  static prepare(holder: Holder, name: string): void {
    Object.defineProperties(holder, {
      [globals]: { value: new DataView(new ArrayBuffer(initialSize)), writable: true },
      [locals]: { value: new DataView(new ArrayBuffer(initialSize)), writable: true },
      [memory]: { value: new Memory(holder, name) },
    });
  }

  private constructor(holder: Holder, name: string) {
    this.name = name;
    this.globals = new Area(holder, globals);
    this.#locals = new Area(holder, locals);
    this.#holder = holder;
    this.#part = new GlobalsPart(this);
    this.map = new GlobalsMap(this.#part);
  }

  /** All variables, those of base classes first. */
  get declarations(): readonly Declaration[] {
    return this.#declarations;
  }

  /** The shared variables among them. */
  get shared(): readonly PlacedVariable[] {
    return this.#declarations.filter(({ kind }) => kind === "global");
  }

  /** Adds a variable. */
  declare(declaration: Declaration): void {
    this.#declarations.push(declaration);
  }

  /** The variable that a name denotes on this object; `undefined` if it is none, or another property hides it. */
  find(name: string): Declaration | undefined {
    const named = this.#declarations.filter((declaration) => declaration.name === name);
    if (name.startsWith("#")) return this.#onlyOne(named);
    const getter = findGetter(this.#holder, name);
    return named.find(({ get }) => get === getter);
  }

  /** Private names are a class's own business, but which class's method is asking cannot be seen from here. */
  #onlyOne(named: readonly Declaration[]): Declaration | undefined {
    if (named.length <= 1) return named[0];
    throw new EbpfError(
      ErrorCode.UnknownName,
      `Cannot tell apart the ${named.length} variables ${named[0].name} of "${this.name}" and its base classes`,
      { remedy: "Give them different names" },
    );
  }

  /** The variables of one run as plain JavaScript: of the one that is going on, or else of the last that used them. */
  get locals(): Area {
    this.beginRun();
    return this.#locals;
  }

  /** Gives all locals their initial values, unless this run has done so. */
  beginRun(): void {
    const run = currentRun();
    if (!run || run === this.#run) return;
    this.#run = run;
    for (const { kind, type, offset, initial } of this.#declarations) {
      if (kind === "local") store(type, this.#locals.view, offset, initial);
    }
  }

  /**
   * Moves the globals into a program's map, unless they are in one or the kernel has either: then they keep a map of
   * their own, which ends with the program's.
   *
   * @param name What holds this object in the program.
   */
  join(program: Memory, name: () => string): void {
    if (this.#joined || this.map === program.map) return;
    if (this.map.isShared) return;
    if (program.map.isShared) return void program.#guests.add(this);
    this.#joinAs(program.map, program.map.join(this.#part, name()));
  }

  /** Makes the globals those that a program's map has already. */
  joinAt({ map }: Memory, base: number, name: string): void {
    map.joinAt(base, this.#part, name);
    this.#joinAs(map, base);
  }

  #joinAs(map: GlobalsMap, base: number): void {
    this.#joined = true;
    this.base = base;
    this.map = map;
  }

  /** The globals as a map has them, for comparisons. */
  asGroup(name: string | undefined): VariableGroup {
    return { name, owner: this.name, offset: 0, size: this.globals.size, variables: this.shared };
  }

  /** Whether the memory is gone, which may have been that of another object that this one is a part of. */
  get closed(): boolean {
    return closedViews.has(this.globals.view);
  }

  /** Takes the memory away: from now on every access throws. */
  close(): void {
    const closed = closedView(this.name);
    this.globals.view = this.#locals.view = closed;
    if (!this.#joined) this.map.close(closed);
    for (const guest of this.#guests) guest.close();
  }
}

/** An object's globals, as a map has them. */
class GlobalsPart implements Part {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get owner(): string {
    return this.#memory.name;
  }

  get view(): DataView {
    return this.#memory.globals.view;
  }

  set view(view: DataView) {
    this.#memory.globals.view = view;
  }

  get size(): number {
    return this.#memory.globals.size;
  }

  get variables(): readonly PlacedVariable[] {
    return this.#memory.shared;
  }
}

function findGetter(object: object, name: string): unknown {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor) return descriptor.get;
  }
  return undefined;
}

/** Stands in for memory that is gone. */
function closedView(name: string): DataView {
  const refuse = () => {
    throw new EbpfError(ErrorCode.Closed, `Cannot use a variable of "${name}": it is closed`, {
      remedy: "Read what you need before close(), or before the end of the using scope",
    });
  };
  const view = new Proxy(Object.create(null), { get: refuse }) as DataView;
  closedViews.add(view);
  return view;
}

/** Whatever refuses all access. */
const closedViews = new WeakSet<DataView>();
