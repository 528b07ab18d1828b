/**
 * Random functions: methods, captured functions and arrow functions, inlined or emitted once, and calls of them.
 *
 * @module
 */

import { randomExpression } from "./expressions.ts";
import { expression, type Piece, statement } from "./piece.ts";
import type { Callee, Content, Name, ScalarKind, Scope } from "./scope.ts";
import { answerStatement, block } from "./statements.ts";

const KINDS: readonly ScalarKind[] = ["number", "number", "bigint", "boolean"];

/** A method or a captured function. */
export interface RandomFunction {
  readonly callee: Callee;
  /** `(packet, a0) { … }` */
  readonly text: Piece;
  /** Whether it is marked to be emitted once. */
  readonly isSeparate: boolean;
}

/** A function that sees `content` of what is around it: the variables of the object, functions made before. */
export function randomFunction(scope: Scope, text: string, content: Content, hasThis: boolean): RandomFunction {
  const { random } = scope;
  const takesPacket = random.chance(70);
  const parameters = parametersOf(scope);
  const result = random.chance(80) ? random.pick(KINDS) : undefined;
  const names = [...content.names ?? [], ...parameters];
  const own = { ...content, names, answer: result, hasPacket: takesPacket, hasThis };
  const [body, changes] = scope.inFunction(own, true, () => [bodyOf(scope, 1 + random.below(4)), scope.changes]);
  const list = [...takesPacket ? ["packet"] : [], ...parameters.map(({ name }) => name as string)];
  return {
    callee: { text, takesPacket, parameters: parameters.map(({ kind }) => kind as ScalarKind), result, changes },
    text: { kind: "function", parts: [`(${list.join(", ")}) `, body] },
    isSeparate: random.chance(60),
  };
}

function parametersOf(scope: Scope): Name[] {
  const { random } = scope;
  return Array.from({ length: random.below(4) }, () => ({
    name: scope.fresh("a"),
    kind: random.pick(KINDS),
    writable: random.chance(50),
  }));
}

/** A block that ends with what the function gives. */
function bodyOf(scope: Scope, count: number): Piece {
  return block(scope, 1, count, () => answerStatement(scope));
}

/** A local that holds a function, which sees all that is around it. */
export function arrowDeclaration(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const name = scope.fresh("f");
  const parameters = parametersOf(scope);
  const result = random.chance(80) ? random.pick(KINDS) : undefined;
  const { hasPacket, hasThis } = scope;
  const [body, changes] = scope.inFunction({ names: parameters, answer: result, hasPacket, hasThis }, false, () => {
    const isExpression = result !== undefined && random.chance(60);
    const body = isExpression
      ? expression(result, "(", randomExpression(scope, result, 2), ")")
      : bodyOf(scope, 1 + depth);
    return [body, scope.changes];
  });
  scope.declareCallee({
    text: name,
    takesPacket: false,
    parameters: parameters.map(({ kind }) => kind as ScalarKind),
    result,
    changes,
  });
  return statement(`const ${name} = (${parameters.map(({ name }) => name).join(", ")}) => `, body, ";\n");
}

/** A call that gives a value of a kind. */
export function callOf(scope: Scope, kind: ScalarKind | undefined, depth: number): Piece | undefined {
  const { viewed } = scope;
  const fitting = scope.callees.filter(({ result, takesPacket, changes }) =>
    result === kind && (scope.hasPacket || !takesPacket) && changes.isDisjointFrom(viewed)
  );
  if (fitting.length === 0 || scope.indexes > 0) return undefined;
  const { text, takesPacket, parameters, changes } = scope.random.pick(fitting);
  for (const map of changes) scope.changes.add(map);
  const given = [
    ...takesPacket ? ["packet"] : [],
    ...parameters.map((parameter) => randomExpression(scope, parameter, Math.min(depth, 1))),
  ];
  const list = given.flatMap((one, i) => i > 0 ? [", ", one] : [one]);
  return expression(kind ?? "nothing", `${text}(`, ...list, ")");
}

export function callStatement(scope: Scope): Piece | undefined {
  const call = callOf(scope, scope.random.pick([...KINDS, undefined]), 2);
  return call && statement("", call, ";\n");
}
