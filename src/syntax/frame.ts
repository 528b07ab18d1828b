/**
 * Code frames: the source line of an error with a caret below it, for people who read a terminal.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { once } from "../once.ts";

/** How a frame is cut. */
export interface FrameOptions {
  /** Lines before the one that the caret points into; 1. */
  readonly context?: number;
  /** Columns of the terminal; longer lines are cut around the caret; 100. */
  readonly width?: number;
  /** How many characters to underline; 1. */
  readonly length?: number;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$/;
// Tables of all characters, for errors alone.
const emoji = once(() => /^\p{Emoji_Presentation}$|^[\u{20000}-\u{3fffd}]$/u);
const combining = once(() => /^[\p{Mn}\p{Me}\p{Cf}]$/u);

/**
 * Draws the frame.
 *
 * ```text
 *   7 |   program() {
 *   8 |     this.count += "1";
 *     |                ^
 * ```
 *
 * @param sourceLine A line of the file by its number from 1, without its end; `undefined` where there is none.
 * @param location Line and column from 1.
 * @returns The frame without a final newline; `undefined` without the line itself.
 */
export function codeFrame(
  sourceLine: (line: number) => string | undefined,
  location: Pick<SourceLocation, "line" | "column">,
  options: FrameOptions = {},
): string | undefined {
  const { context = 1, width = 100, length = 1 } = options;
  const { line, column } = location;
  if (sourceLine(line) === undefined) return undefined;
  const gutter = String(line).length + 2;
  const room = Math.max(20, width - gutter - 3);
  const cut = cutAround(sourceLine(line)!, column - 1, room);
  const rows: string[] = [];
  for (let number = Math.max(1, line - context); number < line; number++) {
    const text = sourceLine(number);
    if (text !== undefined) rows.push(row(String(number), display(text.slice(cut.start, cut.start + room))));
  }
  const before = displayWidth(display(cut.text.slice(0, cut.caret)));
  const under = displayWidth(display(cut.text.slice(cut.caret, cut.caret + length)));
  rows.push(row(String(line), display(cut.text)));
  rows.push(row("", " ".repeat(before) + "^".repeat(Math.max(1, under))));
  return rows.join("\n");

  function row(number: string, text: string): string {
    return `${number.padStart(gutter)} | ${text}`.trimEnd();
  }
}

/** Gives the lines of a text, for {@linkcode codeFrame}. */
export function linesOf(text: string): (line: number) => string | undefined {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  return (line) => lines[line - 1];
}

interface Cut {
  readonly text: string;
  /** How many characters were left out before. */
  readonly start: number;
  readonly caret: number;
}

/** A part of a long line with the caret in its first two thirds. */
function cutAround(text: string, caret: number, room: number): Cut {
  const at = Math.min(Math.max(0, caret), text.length);
  if (text.length <= room) return { text, start: 0, caret: at };
  const start = Math.max(0, Math.min(at - Math.floor(room / 2), text.length - room));
  const head = start > 0 ? "…" : "";
  const tail = start + room < text.length ? "…" : "";
  const shown = head + text.slice(start + head.length, start + room - tail.length) + tail;
  return { text: shown, start, caret: at - start };
}

/** Makes a text take the columns that {@linkcode displayWidth} counts: no tabs, no control characters. */
function display(text: string): string {
  // deno-lint-ignore no-control-regex -- a source file must not steer the terminal
  return text.replaceAll("\t", "  ").replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
}

function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    width += WIDE.test(character) || emoji().test(character) ? 2 : combining().test(character) ? 0 : 1;
  }
  return width;
}
