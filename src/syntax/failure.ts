/**
 * The error that tokenizer and parser throw: it knows offsets only; the compiler, which knows the file, makes the
 * user's error of it.
 *
 * @module
 */

import { ErrorCode } from "../errors.ts";
import type { Span } from "./ast.ts";

/** Text that cannot be read as a program: what, where in the text, and what to do about it. */
export class SyntaxFailure extends Error implements Span {
  override readonly name = "SyntaxFailure";
  /** Whether it is not in the language, or no JavaScript at all. */
  readonly code: ErrorCode.UnsupportedSyntax | ErrorCode.SyntaxError;
  readonly start: number;
  readonly end: number;
  readonly remedy: string | undefined;

  constructor(
    code: ErrorCode.UnsupportedSyntax | ErrorCode.SyntaxError,
    what: string,
    { start, end }: Span,
    remedy?: string,
  ) {
    super(what);
    this.code = code;
    this.start = start;
    this.end = end;
    this.remedy = remedy;
  }
}

/** JavaScript that the language leaves out. */
export function unsupported(what: string, span: Span, remedy: string): SyntaxFailure {
  return new SyntaxFailure(ErrorCode.UnsupportedSyntax, what, span, remedy);
}

/** Not JavaScript. The runtime has compiled the text already, so this means that the text was touched, or a defect here. */
export function malformed(what: string, span: Span): SyntaxFailure {
  return new SyntaxFailure(ErrorCode.SyntaxError, what, span);
}

/** Refuses text from `start` on, one character of it at least. */
export function refuse(what: string, start: number, end: number): never {
  throw malformed(what, { start, end: Math.max(end, start + 1) });
}
