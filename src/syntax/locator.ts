/**
 * Finds the places of functions' texts in the user's files: which file, which function in it, which token.
 *
 * What is known of a function narrows the search: its decorator's place, places of other decorators in its class, or
 * the place where it touches its first parameter. Where several functions fit equally, the answer is "unknown", never
 * a guess.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { arrowsNamed, type Candidate, functionsOfForm, namedFunctions } from "./candidates.ts";
import { isOperator } from "./cursor.ts";
import { Lines, SourceFile } from "./file.ts";
import { parseFunction } from "./parser.ts";
import { onlyTouchesPoison, poisonedLocation } from "./poison.ts";
import { type Alignment, alignWith, type FunctionTokens, PositionMap, readFunction } from "./positions.ts";
import { isPath } from "./stack.ts";

/** What a caller knows of a function. All of it may be missing. */
export interface Hint {
  /** The key under which the function was found, `"#name"` for a private one. */
  readonly name?: string;
  /** The place of `@kernel(…)` above the method, or of the call `kernel(…, fn)`. */
  readonly decorator?: SourceLocation;
  /** Places of decorators of other members of the class that defines the method, in its body. */
  readonly siblings?: readonly SourceLocation[];
}

/** What a {@linkcode Locator} needs of the world. */
export interface LocatorOptions {
  /** A file's text; `undefined` if it cannot be read. Never asked for URLs. */
  readonly readFile: (path: string) => string | undefined;
  /** What is known of a function. */
  readonly hint?: (fn: AnyFunction) => Hint | undefined;
}

/** Offset in a function's text → place. */
export type Locate = (offset: number) => SourceLocation | undefined;

/**
 * Places of functions. Where a function stands is remembered as long as the function lives; files only until
 * {@linkcode Locator.forget}.
 */
export interface Locator {
  /**
   * @param fn The function: it is called with poison if its place cannot be found otherwise (see `poison.ts`).
   * @param text What `Function.prototype.toString` gives for it.
   * @returns `undefined` if its place is unknown. If only its file is known, and cannot be read, places are in a file
   * named like `program() of http://…`: the text itself.
   */
  locate(fn: AnyFunction, text: string): Locate | undefined;
  /** A line of a file that was located, from 1, without its end. */
  sourceLine(file: string, line: number): string | undefined;
  /**
   * Lets go of the files' texts.
   *
   * @param nearby Places where the functions may be written too: where the program is used, and where its base classes
   * are. Files of theirs are looked at if nothing else helps.
   */
  forget(nearby?: () => readonly SourceLocation[]): void;
}

// deno-lint-ignore ban-types -- any callable
type AnyFunction = Function;

/** Larger files are bundles with more than programs in them; reading them would cost seconds. */
const MAXIMUM_FILE = 1 << 23;
/** So many functions of one name tell nothing. */
const MAXIMUM_CANDIDATES = 64;

/** Makes a locator. */
export function createLocator(options: LocatorOptions): Locator {
  return new FileLocator(options);
}

class FileLocator implements Locator {
  readonly #options: LocatorOptions;
  readonly #known = new WeakMap<AnyFunction, Locate>();
  /** The files in which functions were looked for in vain. */
  readonly #missed = new WeakMap<AnyFunction, string>();
  readonly #files = new Map<string, SourceFile | undefined>();
  /** Texts that stand for files that cannot be read. */
  readonly #texts = new Map<string, SourceFile>();
  /** Files in which functions were found: others may be there too. */
  readonly #paths = new Set<string>();
  #nearby: (() => readonly SourceLocation[]) | undefined;

  constructor(options: LocatorOptions) {
    this.#options = options;
  }

  locate(fn: AnyFunction, text: string): Locate | undefined {
    const known = this.#known.get(fn);
    if (known) return known;
    // What is unknown now may be found when more files are known.
    if (this.#missed.has(fn) && this.#missed.get(fn) === this.#allPaths()) return undefined;
    const found = this.#find(fn, text);
    if (found) this.#known.set(fn, found);
    else this.#missed.set(fn, this.#allPaths());
    return found;
  }

  sourceLine(file: string, line: number): string | undefined {
    return (this.#texts.get(file) ?? this.#file(file))?.line(line);
  }

  forget(nearby?: () => readonly SourceLocation[]): void {
    this.#files.clear();
    this.#nearby = nearby;
  }

  #file(path: string): SourceFile | undefined {
    if (this.#files.has(path)) return this.#files.get(path);
    const text = isPath(path) ? this.#options.readFile(path) : undefined;
    const file = text === undefined ? undefined : new SourceFile(path, text);
    this.#files.set(path, file);
    return file;
  }

  #find(fn: AnyFunction, text: string): Locate | undefined {
    const hint = this.#options.hint?.(fn) ?? {};
    const paths = new Set<string>();
    for (const clue of cluesTo(fn, text, hint)) {
      const { file: path } = clue.place;
      const file = this.#file(path);
      paths.add(path);
      const located = file && this.#findIn(file, fn, text, hint, clue);
      if (located) {
        this.#paths.add(path);
        return located;
      }
    }
    const [named] = paths;
    const located = this.#findAnywhere(fn, text, hint, [...new Set([...paths, ...this.#paths])]) ??
      this.#findAnywhere(fn, text, hint, this.#nearbyPaths());
    return located ?? (named === undefined ? undefined : this.#inText(fn, text, hint, named));
  }

  #findIn(file: SourceFile, fn: AnyFunction, text: string, hint: Hint, clue: Clue): Locate | undefined {
    const verbatim = findVerbatim(file, text) ??
      (clue.narrow === besides ? findOnly(file, text, hint.name) : undefined);
    if (verbatim || file.text.length > MAXIMUM_FILE) return verbatim;
    const tokens = readFunction(text);
    const candidates = candidatesFor(file, tokens, nameOf(fn, tokens, hint));
    const alignment = choose(tokens, file, clue.narrow(file, candidates, clue.place), 0.4);
    return alignment && mapOf(tokens, file, alignment);
  }

  /** Without a place that helps: among all functions of these files, if a single one fits well. */
  #findAnywhere(fn: AnyFunction, text: string, hint: Hint, paths: readonly string[]): Locate | undefined {
    const tokens = readFunction(text);
    const found = paths.flatMap((path) => {
      const file = this.#file(path);
      if (!file || file.text.length > MAXIMUM_FILE) return [];
      const alignment = choose(tokens, file, candidatesFor(file, tokens, nameOf(fn, tokens, hint)), 0.8);
      return alignment ? [{ file, alignment }] : [];
    });
    if (found.length !== 1) return undefined;
    return mapOf(tokens, found[0]!.file, found[0]!.alignment);
  }

  /** All paths, in one text. To be asked for late: the runtimes take their time to write an error's stack. */
  #allPaths(): string {
    return [...this.#paths, ...this.#nearbyPaths()].join("\n");
  }

  #nearbyPaths(): readonly string[] {
    return [...new Set(this.#nearby?.().map(({ file }) => file))].filter((path) => !this.#paths.has(path));
  }

  #inText(fn: AnyFunction, text: string, hint: Hint, path: string): Locate {
    const name = nameOf(fn, readFunction(text), hint);
    const title = `${name === undefined ? "a function" : `${name}()`} of ${path}`;
    let file = title;
    for (let count = 2; (this.#texts.get(file)?.text ?? text) !== text; count++) file = `${title} (${count})`;
    this.#texts.set(file, new SourceFile(file, text));
    const lines = new Lines(file, text);
    return (offset) => lines.location(offset);
  }
}

/** A place that has to do with a function, and which functions it may mean. */
interface Clue {
  readonly place: SourceLocation;
  readonly narrow: (file: SourceFile, from: readonly Candidate[], place: SourceLocation) => readonly Candidate[];
}

/** The cheapest and surest first; the function is called only when the others have failed. */
function* cluesTo(fn: AnyFunction, text: string, { decorator, siblings }: Hint): Generator<Clue> {
  if (decorator) yield { place: decorator, narrow: belowDecorator };
  for (const place of siblings ?? []) yield { place, narrow: besides };
  const place = poisonPlace(fn, text);
  if (place) yield { place, narrow: around };
}

function mapOf(tokens: FunctionTokens, file: SourceFile, { matches }: Alignment): Locate {
  const map = new PositionMap(tokens, file, matches);
  return (offset) => map.locate(offset);
}

/** The function's own name, unless its text or its finder knows better. */
function nameOf(fn: AnyFunction, tokens: FunctionTokens, hint: Hint): string | undefined {
  const own: unknown = Reflect.getOwnPropertyDescriptor(fn, "name")?.value;
  const name = hint.name ?? tokens.name ?? (typeof own === "string" ? own.replace(/^[gs]et /, "") : "");
  return name === "" ? undefined : name;
}

/** JavaScript files have their functions' texts as they are, at least in Deno: then nothing needs to be aligned. */
function findVerbatim({ path, text: whole, lines }: SourceFile, text: string): Locate | undefined {
  if (!/\.[cm]?jsx?$/.test(path)) return undefined;
  const at = whole.indexOf(text);
  if (at < 0 || whole.indexOf(text, at + 1) >= 0) return undefined;
  return (offset) => lines.location(at + offset);
}

/**
 * In TypeScript, what reads like the text may be a comment, and the function have types. It is the function if nothing else in
 * the file begins like one of its name; then the file need not be taken apart, which takes a fresh process milliseconds.
 */
function findOnly({ text: whole, lines }: SourceFile, text: string, name: string | undefined): Locate | undefined {
  const at = whole.indexOf(text);
  const parameters = text.indexOf("(");
  if (at < 0 || name === undefined || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
  const [first, ...more] = whole.matchAll(new RegExp(String.raw`(?<![\w$.#])${name}\s*[(<]`, "g"));
  const isText = first?.index === at + parameters - name.length && more.length === 0;
  return isText ? (offset) => lines.location(at + offset) : undefined;
}

function candidatesFor(file: SourceFile, { form }: FunctionTokens, name: string | undefined): readonly Candidate[] {
  if (name === undefined) return functionsOfForm(file, form);
  const all = form === "arrow" ? functionsOfForm(file, form) : [];
  const named = form === "arrow" ? arrowsNamed(file, all, name) : namedFunctions(file, name);
  if (named.length > 0) return named;
  return form === "arrow" ? all : functionsOfForm(file, form);
}

/** The nearest function below the decorator in its class; or the last one among the arguments of a call. */
function belowDecorator(
  file: SourceFile,
  candidates: readonly Candidate[],
  place: SourceLocation,
): readonly Candidate[] {
  const at = file.tokenAt(place);
  let open = at;
  while (open < file.tokens.length && !isOperator(file.tokens[open], "(")) open++;
  const close = file.tokens[open]?.pair ?? -1;
  const inside = candidates.filter(({ start, end, enclosing }) =>
    enclosing === open && start > open + 1 && end <= close
  );
  if (inside.length > 0) return inside.slice(-1);
  return besides(file, candidates.filter(({ start }) => start > at), place).slice(0, 1);
}

/** The functions of the class in whose body the place is. */
function besides(file: SourceFile, candidates: readonly Candidate[], place: SourceLocation): readonly Candidate[] {
  // The place may be inside the decorator's own parentheses, in some runtimes' view.
  for (let body = file.enclosing[file.tokenAt(place)]!, level = 0; level < 3; level++) {
    const members = candidates.filter(({ enclosing }) => enclosing === body);
    if (members.length > 0) return members;
    if (body < 0) break;
    body = file.enclosing[body]!;
  }
  return [];
}

/** The innermost function in which the place is. */
function around(file: SourceFile, candidates: readonly Candidate[], place: SourceLocation): readonly Candidate[] {
  const at = file.tokenAt(place);
  return candidates.filter(({ start, end }) => start <= at && at < end).slice(-1);
}

/**
 * The candidate that goes with the text best, if it goes well and clearly better than the others.
 *
 * @param needed How much of the text must be found, from 0 to 1.
 */
function choose(
  tokens: FunctionTokens,
  file: SourceFile,
  candidates: readonly Candidate[],
  needed: number,
): Alignment | undefined {
  if (candidates.length > MAXIMUM_CANDIDATES) return undefined;
  const ranked = candidates.map((candidate) => {
    const alignment = alignWith(tokens, file, candidate);
    return { alignment, score: 2 * alignment.matched / (alignment.textWeight + alignment.fileWeight || 1) };
  }).sort((one, other) => other.score - one.score);
  const [best, second] = ranked;
  if (!best || best.alignment.matched < needed * best.alignment.textWeight) return undefined;
  // A single name makes the difference between two programs; more types around the same text do not.
  const clear = !second || best.alignment.matched - second.alignment.matched >= 6 || best.score - second.score >= 0.1;
  return clear ? best.alignment : undefined;
}

/** Where the function touches what it is given first, if it may be called for that. */
function poisonPlace(fn: AnyFunction, text: string): SourceLocation | undefined {
  try {
    const parsed = parseFunction(text);
    return onlyTouchesPoison(parsed) ? poisonedLocation(fn, parsed.parameters.length) : undefined;
  } catch {
    return undefined;
  }
}
