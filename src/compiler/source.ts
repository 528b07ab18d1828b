/**
 * One function's text on its way through the compiler: its tree, and the user's place that each offset stands for.
 *
 * @module
 */

import { EbpfError, type ErrorCode, type SourceLocation } from "../errors.ts";
import type { FunctionExpression, Span } from "../syntax/ast.ts";
import { SyntaxFailure } from "../syntax/failure.ts";
import { codeFrame } from "../syntax/frame.ts";
import { parseFunction } from "../syntax/parser.ts";
import type { Origin } from "./ir.ts";
import type { AnyFunction, Unit } from "./unit.ts";

/** A parsed function of the user's. */
export class Source {
  readonly text: string;
  readonly tree: FunctionExpression;
  readonly #unit: Unit;
  readonly #locate: ((offset: number) => SourceLocation | undefined) | undefined;

  /** @throws {EbpfError} If the text is outside the language. */
  constructor(unit: Unit, fn: AnyFunction) {
    this.#unit = unit;
    this.text = Function.prototype.toString.call(fn);
    this.#locate = unit.locate(fn, this.text);
    try {
      this.tree = parseFunction(this.text);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      throw this.error(error.code, error.message, error, error.remedy);
    }
  }

  /** The user's place of an offset, if it could be found. */
  locate(offset: number): SourceLocation | undefined {
    return this.#locate?.(offset);
  }

  /** The name at a place as the user wrote it: runtimes rename locals that hide others. */
  nameAt({ start, end }: Span): string {
    const location = this.locate(start);
    const line = location && this.#unit.sourceLine(location.file, location.line);
    const name = line && /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u.exec(line.slice(location.column - 1))?.[0];
    return name || this.text.slice(start, end);
  }

  /** An error at a place of this text: framed in the user's file, or else in the text itself. */
  error(code: ErrorCode, what: string, { start, end }: Span, remedy?: string): EbpfError {
    const location = this.locate(start);
    const inFile = location && this.#frame(location, end - start);
    return new EbpfError(code, what, { location, frame: inFile ?? this.#ownFrame(start, end - start), remedy });
  }

  #frame({ file, line, column }: SourceLocation, length: number): string | undefined {
    const text = this.#unit.sourceLine(file, line);
    if (text === undefined) return undefined;
    return codeFrame((number) => this.#unit.sourceLine(file, number), { line, column }, { length });
  }

  #ownFrame(start: number, length: number): string | undefined {
    const lines = this.text.split("\n");
    const before = this.text.slice(0, start).split("\n");
    const place = { line: before.length, column: before[before.length - 1].length + 1 };
    return codeFrame((number) => lines[number - 1], place, { length });
  }
}

/** An error at the place that something comes from, as far as that is known. */
export function errorAt(origin: Origin | undefined, code: ErrorCode, what: string, remedy: string): EbpfError {
  if (!origin) return new EbpfError(code, what, { remedy });
  const { source, offset } = origin;
  if (source instanceof Source) return source.error(code, what, { start: offset, end: offset + 1 }, remedy);
  return new EbpfError(code, what, { location: source.locate(offset), remedy });
}
