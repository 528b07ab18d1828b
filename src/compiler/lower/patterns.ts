/**
 * Binding patterns: names, and destructuring of objects, arrays and views.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { MemberExpression, Pattern, PatternElement, Span } from "../../syntax/ast.ts";
import { withDefault, withEach } from "./choices.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerExpression } from "./expressions.ts";
import { elementsOf } from "./lists.ts";
import { made } from "./made.ts";
import { refuseMap } from "./maps.ts";
import { detached, readMember } from "./members.ts";
import { restOf } from "./objects.ts";
import { type Choice, listOf, type Operand, UNDEFINED } from "./operand.ts";
import { elementReaders } from "./views.ts";

/**
 * Takes an operand apart and hands each name its part. In an assignment, members are targets too: `assign` evaluates one
 * and gives what writes to it.
 */
export function lowerPattern(
  context: Context,
  pattern: Pattern,
  operand: Operand,
  bind: (name: string, operand: Operand) => void,
  assign?: (target: MemberExpression) => (operand: Operand) => void,
): void {
  switch (pattern.kind) {
    case "Identifier":
      return bind(pattern.name, operand);
    case "ObjectPattern": {
      const taken = new Set<string>();
      for (const { key, value, start, end } of pattern.properties) {
        const name = lowerExpression(context, key);
        if (name.kind !== "static") {
          context.fail(ErrorCode.UnsupportedSyntax, key, "Cannot destructure by a run-time key");
        }
        taken.add(String(name.value));
        const span = { start, end };
        const read = () => readMember(context, { object: operand, name: String(name.value) }, span);
        element(value, () => detached(context, read(), span));
      }
      if (pattern.rest) {
        const rest = withEach(context, operand, (option) => restOf(context, option, taken, pattern));
        bindTo(pattern.rest, () => made(context, rest));
      }
      return;
    }
    case "ArrayPattern": {
      const readers = readersOf(context, operand, pattern);
      if (!readers) {
        return context.fail(ErrorCode.TypeMismatch, pattern, `Cannot destructure ${describe(operand)} as an array`);
      }
      pattern.elements.forEach((part, i) => part && element(part, readers[i] ?? (() => UNDEFINED)));
      if (pattern.rest) {
        const rest = readers.slice(pattern.elements.length).map((read) => read());
        bindTo(pattern.rest, () => made(context, listOf(rest)));
      }
      return;
    }
    case "MemberExpression":
      return context.fail(
        ErrorCode.UnsupportedSyntax,
        pattern,
        "Cannot destructure into a member here",
        "Destructure into locals, or assign it in a statement of its own",
      );
  }

  function element({ target, initial }: PatternElement, read: () => Operand): void {
    bindTo(target, () => {
      const part = read();
      return initial ? withDefault(context, part, () => lowerExpression(context, initial)) : part;
    });
  }

  /** The object of a member that is assigned comes first, then what it is assigned. */
  function bindTo(target: Pattern, read: () => Operand): void {
    const write = target.kind === "MemberExpression" ? assign?.(target) : undefined;
    if (write) write(read());
    else lowerPattern(context, target, read(), bind, assign);
  }
}

/** The names that a declaration's pattern binds. */
export function namesOf(pattern: Pattern | undefined): string[] {
  switch (pattern?.kind) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return [...pattern.properties.flatMap(({ value }) => namesOf(value.target)), ...namesOf(pattern.rest)];
    case "ArrayPattern":
      return [...pattern.elements.flatMap((element) => namesOf(element?.target)), ...namesOf(pattern.rest)];
    default:
      return [];
  }
}

/** What reads each element: those of a variable one after the other, since what is assigned in between may be among them. */
function readersOf(context: Context, operand: Operand, span: Span): (() => Operand)[] | undefined {
  refuseMap(context, operand, span);
  if (operand.kind === "choice") return readersOfChoice(context, operand, span);
  if (operand.kind === "view") return elementReaders(context, operand, span);
  return elementsOf(operand)?.map((element) => () => element);
}

/** The same of one of several arrays, if they are equally long. */
function readersOfChoice(context: Context, choice: Choice, span: Span): (() => Operand)[] | undefined {
  const all = context.builder.optionsLeft(choice).map((option) => readersOf(context, option, span));
  const [first] = all;
  if (!first || all.some((readers) => readers?.length !== first.length)) return undefined;
  return first.map((_, i) => () => withEach(context, choice, (option) => readersOf(context, option, span)![i]()));
}
