/**
 * `for…of` over an array in memory, as the counting loop that it stands for: so it is unrolled or a real loop as any other.
 *
 * @module
 */

import type {
  Expression,
  ForOfStatement,
  ForStatement,
  Identifier,
  Pattern,
  Statement,
  VariableDeclaration,
} from "../../syntax/ast.ts";

/** A name that no text can have. */
export const ARRAY = "the array of for…of";
const INDEX = "the index of for…of";

/** The loop; what it goes over is the local {@linkcode ARRAY}. */
export function countingLoop({ start, end, target, declaration, body }: ForOfStatement): ForStatement {
  const at = { start, end };
  const name = (name: string): Identifier => ({ kind: "Identifier", name, ...at });
  const member = (property: Expression, computed: boolean): Expression => {
    return { kind: "MemberExpression", object: name(ARRAY), property, computed, optional: false, ...at };
  };
  const declare = (
    declaration: VariableDeclaration["declaration"],
    target: Pattern,
    initial: Expression,
  ): VariableDeclaration => {
    const declarator = { kind: "VariableDeclarator", target, initial, ...at } as const;
    return { kind: "VariableDeclaration", declaration, declarators: [declarator], ...at };
  };
  const assign = (target: Pattern, value: Expression): Statement => {
    const operator = {
      kind: "AssignmentExpression",
      operator: "=",
      target,
      value,
      operatorStart: start,
      ...at,
    } as const;
    return { kind: "ExpressionStatement", expression: operator, ...at };
  };
  const element = member(name(INDEX), true);
  return {
    kind: "ForStatement",
    initial: declare("let", name(INDEX), { kind: "NumberLiteral", value: 0, ...at }),
    test: {
      kind: "BinaryExpression",
      operator: "<",
      left: name(INDEX),
      right: member({ kind: "StringLiteral", value: "length", ...at }, false),
      operatorStart: start,
      ...at,
    },
    update: { kind: "UpdateExpression", operator: "++", prefix: false, argument: name(INDEX), ...at },
    body: {
      kind: "BlockStatement",
      body: [declaration ? declare(declaration, target, element) : assign(target, element), body],
      ...at,
    },
    ...at,
  };
}
