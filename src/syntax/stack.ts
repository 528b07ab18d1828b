/**
 * Places from an error's stack, in the forms of both runtimes.
 *
 * ```text
 * at Proxy.program (file:///home/me/my%20app/count.ts:8:14)      Deno
 * at async file:///home/me/count.ts:31:7                         Deno
 * at eval (eval at <anonymous> (file:///a.ts:3:1), <anonymous>:1:1)
 * at program (/home/me/my app/count.ts:8:9)                      Bun
 * at map (native:1:11)                                           Bun
 * ```
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";

/** A function's name may have parentheses, and so may a path: the place begins like a path or a URL. */
const FRAME = /^\s*at (?:async )?(?:.*? \((?=\/|[A-Za-z][\w+.-]*:)(.*)\)|(.*))$/;
const PLACE = /^(.*):(\d+):(\d+)$/;
/** What the engines call their own code, and code without a file. */
const INTERNAL = /^(?:<anonymous>|\[?native(?: code)?\]?|unknown|bun:.*|node:.*|ext:.*|deno:.*|internal:.*)$/;
const EVALUATED = "(eval at ";

/**
 * The places of a stack's frames, innermost first. Frames of the runtimes' own code and of `eval`ed text have none
 * and are left out.
 *
 * @param stack `error.stack`; anything but a string gives none.
 */
export function stackLocations(stack: unknown): readonly SourceLocation[] {
  if (typeof stack !== "string") return [];
  const places: SourceLocation[] = [];
  for (const text of stack.split("\n")) {
    const frame = frameOf(text);
    if (frame) places.push(frame);
  }
  return places;
}

function frameOf(text: string): SourceLocation | undefined {
  const frame = text.includes(EVALUATED) ? null : FRAME.exec(text);
  const place = frame && PLACE.exec(frame[1] ?? frame[2]!);
  if (!place) return undefined;
  const [, file, line, column] = place;
  if (file === "" || INTERNAL.test(file!)) return undefined;
  return { file: pathOf(file!), line: Number(line), column: Number(column) };
}

/** A `file:` URL as a path; other names as they are. Both runtimes' names for a file become one. */
export function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file;
  const encoded = file.slice(7).replace(/[?#].*$/, "").replace(/^\/([A-Za-z]:)/, "$1");
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Whether a name from a stack is of a file that can be read, and no URL. */
export function isPath(file: string): boolean {
  return !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(file);
}
