/**
 * What every part of the lowering shares: the unit, the builder, and the function that is being lowered.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { ErrorCode } from "../../errors.ts";
import type { FunctionExpression, Span } from "../../syntax/ast.ts";
import type { IrFunction, Value } from "../ir.ts";
import { contains, exactly, I64, type Range, U64 } from "../range.ts";
import { Source } from "../source.ts";
import type { AnyFunction, Unit } from "../unit.ts";
import { Builder, type Label } from "./builder.ts";
import { withEach } from "./choices.ts";
import { describe } from "./describe.ts";
import { toFixed } from "./fixed.ts";
import type { Separate } from "./functions.ts";
import { classNames } from "./home.ts";
import { isNothing } from "./join_choices.ts";
import type { Iteration } from "./map_loops.ts";
import type { Binding, Operand, Word, WordType } from "./operand.ts";
import { isOurs } from "./ours.ts";
import type { Slot } from "./stack.ts";
import { Unfit } from "./unfit.ts";
import { wordType } from "./word_types.ts";

/** The last of the actions that an XDP program can answer with (enum xdp_action, include/uapi/linux/bpf.h): REDIRECT. */
const LAST_ACTION = 4;
/** What a helper that redirects answers: an action. */
export const ACTIONS: Range = { min: 0n, max: BigInt(LAST_ACTION) };

/** Names of one block of the user's text. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Binding>;
  /** Whether a function was written in it: what is declared here may be read after its end. */
  outlives?: boolean;
}

/** Where `break` and `continue` go. */
export interface Exit {
  readonly label: string | undefined;
  readonly break: Label;
  readonly continue: Label | undefined;
  /** A labelled statement that is no loop: only a `break` with its label leaves it. */
  readonly isBlock?: boolean;
}

/** One function being lowered, inlined ones included. */
export interface Frame {
  readonly source: Source;
  readonly fn: AnyFunction;
  readonly tree: FunctionExpression;
  /** The function that this one is inlined into. */
  readonly caller: Frame | undefined;
  readonly thisOperand: Operand;
  readonly captures: ReadonlyMap<string, unknown> | undefined;
  /** Whether it is a function of the library: what happens in it, happens where it is called. */
  readonly isOurs?: boolean;
  /** Where `return` goes; the operand is what the call stands for. */
  readonly returns: Label;
  /** What a returned operand becomes: the program's own `return` makes an action of it. */
  readonly finish: (operand: Operand, span: Span) => Operand;
  scope: Scope;
  readonly exits: Exit[];
}

/** Values of a map that are copied to the stack, each over the one before. */
export interface Copies extends MapReference {
  /** The function that the kernel calls with them, where it does. */
  readonly callback?: IrFunction;
}

/** The lowering of one program. */
export class Context {
  readonly unit: Unit;
  /** Whether loops are unrolled that need not be. */
  readonly unrolls: boolean;
  /** Functions to be emitted once, instead of being inlined. */
  readonly separate: readonly Separate[];
  /** Whether loops that nobody but the program ends count their turns where these bound a sum. */
  readonly counts: boolean;
  /** Whether there are sums in loops that do not count their turns. */
  hasUncounted = false;
  /** Builds the function that is being lowered: the program, or one that is emitted once. */
  builder!: Builder;
  /** Leaves the program with `defaultAction`: where failed bounds checks go. */
  leave!: Label;
  /** Leaves the program with the action that comes along. */
  returns!: Label;
  /** Leaves the program with XDP_ABORTED: where an uncaught `throw` goes. */
  abort!: Label;
  /** The bindings of `@localVar` variables, by owner and name. */
  readonly locals: Map<object, Map<string, Binding>> = new Map();
  /** The stack of those that are structs or arrays, by owner and name. */
  readonly slots: Map<object, Map<string, Slot>> = new Map();
  /** The elements that loops around the current place are at, the innermost last. */
  readonly iterations: Iteration[] = [];
  /** Where the optional chains end that are being lowered, once something goes there. */
  readonly chains: { end?: Label }[] = [];
  /** Stack for what helpers of the kernel are to read, by its use. */
  scratch!: Map<string, Value>;
  /** What stands for the stack into which a helper copies a map's values, by the map. */
  readonly copies: Map<MapReference, Copies> = new Map();
  frame!: Frame;
  readonly #sources = new Map<AnyFunction, Source>();
  readonly #classNames = new Map<AnyFunction, ReadonlyMap<string, unknown>>();

  /** How many functions that are emitted once enclose the current one, and it itself. */
  #depth = 0;

  constructor(unit: Unit, loops: "plain" | "bpf_loop", separate: readonly Separate[], counts: boolean) {
    this.unit = unit;
    this.unrolls = loops === "plain";
    this.separate = separate;
    this.counts = counts;
    this.#begin(unit.name);
  }

  /** Builds another function, then goes on with this one. */
  within<Result>(name: string, build: () => Result): Result {
    const { builder, leave, returns, abort, scratch, chains } = this;
    const depth = chains.length;
    this.#depth++;
    this.#begin(name);
    try {
      return build();
    } finally {
      this.#depth--;
      chains.length = depth;
      Object.assign(this, { builder, leave, returns, abort, scratch });
    }
  }

  /** Leaves it to the program's own function to use its local variables, which live in registers and on its stack. */
  demandMain(name: string): void {
    if (this.#depth > 0) throw new Unfit(`it uses ${name}, a local variable of the program`);
  }

  #begin(name: string): void {
    this.builder = new Builder(name, this.#depth > 0, (operand) => toFixed(this, operand, this.here));
    this.scratch = new Map();
    this.leave = this.builder.label();
    this.returns = this.builder.label();
    this.abort = this.builder.label();
    // Before any way parts: the packet's first limits are everybody's.
    void this.builder.bounds;
  }

  get packetStart(): Value {
    return this.builder.bounds.start;
  }

  get packetEnd(): Value {
    return this.builder.bounds.end;
  }

  get packetLength(): Value {
    return this.builder.bounds.length;
  }

  /** The function's parsed text; `span` is the call that needs it. */
  source(fn: AnyFunction): Source {
    let source = this.#sources.get(fn);
    if (!source) {
      const unit = isOurs(this.unit, fn) ? { ...this.unit, locate: () => undefined } : this.unit;
      this.#sources.set(fn, source = new Source(unit, fn));
    }
    return source;
  }

  /** The names that the class around the current method gives it. */
  get classNames(): ReadonlyMap<string, unknown> {
    const { fn, thisOperand } = this.frame;
    let names = this.#classNames.get(fn);
    if (!names) this.#classNames.set(fn, names = classNames(thisOperand.kind === "static" && thisOperand.value, fn));
    return names;
  }

  /** Marks what follows as coming from this place of the text. */
  at(span: Span): void {
    if (this.frame.isOurs) return;
    this.builder.origin = { offset: span.start, source: this.frame.source };
  }

  /** The place that {@linkcode at} marked last. */
  get here(): Span {
    const offset = this.builder.origin?.offset ?? 0;
    return { start: offset, end: offset + 1 };
  }

  /** Refuses the program at a place of the user's text. */
  fail(code: ErrorCode, span: Span, what: string, remedy?: string): never {
    let { frame } = this;
    while (frame.isOurs && frame.caller) frame = frame.caller;
    throw frame.source.error(code, what, frame === this.frame ? span : this.here, remedy);
  }

  /** The action that a program answers with; none means the default. */
  toAction(operand: Operand, span: Span): Operand {
    if (operand.kind === "choice") return withEach(this, operand, (option) => this.toAction(option, span));
    if (operand.kind === "static" && operand.value === undefined) {
      return { kind: "static", value: this.unit.defaultAction };
    }
    if (operand.kind === "static" && typeof operand.value === "number") {
      const action = operand.value;
      if (Number.isInteger(action) && action >= 0 && action <= LAST_ACTION) return operand;
      this.fail(
        ErrorCode.OutOfRange,
        span,
        `Cannot return ${action}: it is no XDP action`,
        "Return XDP.PASS, XDP.DROP, XDP.TX, …",
      );
    }
    if (operand.kind === "word" && operand.type === "number") return operand;
    return this.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot return ${describe(operand)} from a program`,
      "Return an action: XDP.PASS, XDP.DROP, XDP.TX, …",
    );
  }

  /** A word of the given exact integer. */
  constant(value: bigint, type: WordType): Word {
    return { kind: "word", type, value: this.builder.constant(value), range: exactly(value), nonZero: value !== 0n };
  }

  word(type: WordType, value: Value, range: Range): Word {
    value.range ??= range;
    return { kind: "word", type, value, range, nonZero: range.min > 0n || range.max < 0n };
  }

  /**
   * The low 64 bits of a word read as another integer: a value of its own, since what tests show of the one says nothing of
   * the other.
   */
  reread({ type, value, range: before, nonZero }: Word, range: Range): Word {
    const copy = this.builder.emit({ kind: "binary", operator: "or", width: 64 }, [value, this.builder.constant(0n)]);
    const isWhole = contains(I64, before) || contains(U64, before);
    return { ...this.word(type, copy, range), nonZero: nonZero && isWhole };
  }

  /** The operand as a run-time word; an error at `span` if it has no such form. */
  toWord(operand: Operand, span: Span): Word {
    if (operand.kind === "word") return this.builder.refined(operand);
    const type = wordType(operand);
    if (operand.kind === "static" && type !== undefined) {
      if (type === "fixed") return toFixed(this, operand, span);
      const number = BigInt(operand.value as number | bigint | boolean);
      if (type === "number" && !Number.isSafeInteger(operand.value)) {
        this.fail(
          ErrorCode.NotExact,
          span,
          `Cannot use ${operand.value} at run time: it is no exact integer`,
          "Write it as a bigint",
        );
      }
      if (number < I64.min || number > U64.max) {
        this.fail(
          ErrorCode.OutOfRange,
          span,
          `Cannot use ${operand.value} at run time: it has more than 64 bits`,
          "Words have 64 bits: mask it, or split it in two",
        );
      }
      return this.constant(number, type);
    }
    return this.noWord(operand, span);
  }

  noWord(operand: Operand, span: Span): never {
    if (isNothing(operand)) {
      this.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot compute with ${describe(operand)}`,
        "Give it a value first: let x = 0, or x ?? 0",
      );
    }
    if (operand.kind === "static" && typeof operand.value === "number") {
      this.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot use ${operand.value} at run time: run-time numbers are finite`,
        "Look for what made it: arithmetic on undefined or a string, or a division by zero",
      );
    }
    if (operand.kind === "quotient") {
      this.fail(
        ErrorCode.NotExact,
        span,
        "Cannot keep the fraction of a division: run-time numbers are integers",
        "Wrap the division in Math.floor(), Math.round() or Math.trunc(), or store it in a `fixed` variable",
      );
    }
    if (operand.kind === "choice") {
      this.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot use this value: it is ${describe(operand)}`,
        this.builder.optionsLeft(operand).some(isNothing)
          ? "Say what it is without one: `x ?? 0`; or test it first: if (x !== undefined)"
          : "Give it the same type on every path",
      );
    }
    if (operand.kind === "conflict") {
      this.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot use this value: ${operand.why}`,
        "Give it the same type on every path",
      );
    }
    this.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot use ${describe(operand)} as a run-time value`,
      "The program computes with numbers, bigints and booleans; other values must be known at generation time",
    );
  }
}
