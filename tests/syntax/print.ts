/**
 * Prints a syntax tree as one compact S-expression, so that parser tests are tables of lines.
 *
 * @module
 */

import type {
  Expression,
  FunctionExpression,
  Pattern,
  PatternElement,
  PrivateName,
  Property,
  SpreadElement,
  Statement,
  VariableDeclaration,
} from "../../src/syntax/ast.ts";

type Argument = Expression | SpreadElement | undefined;

function list(...parts: readonly (string | undefined)[]): string {
  return `(${parts.filter((part) => part !== undefined && part !== "").join(" ")})`;
}

/** A whole function. */
export function printFunction(node: FunctionExpression): string {
  const parameters = node.parameters.map(({ rest, target, initial }) =>
    (rest ? "..." : "") + (initial ? list("default", pattern(target), print(initial)) : pattern(target))
  );
  return list(node.form, node.name, `[${parameters.join(" ")}]`, printBody(node));
}

/** A function's body: its statements in a row, or an arrow's expression. */
export function printBody({ body }: FunctionExpression): string {
  return body.kind === "BlockStatement" ? body.body.map(statement).join(" ") : `=> ${print(body)}`;
}

/** An expression. */
export function print(node: Expression | PrivateName): string {
  switch (node.kind) {
    case "Identifier":
      return node.name;
    case "PrivateName":
      return `#${node.name}`;
    case "NumberLiteral":
    case "BooleanLiteral":
      return String(node.value);
    case "BigIntLiteral":
      return `${node.value}n`;
    case "StringLiteral":
      return JSON.stringify(node.value);
    case "NullLiteral":
      return "null";
    case "ThisExpression":
      return "this";
    case "SuperExpression":
      return "super";
    case "TemplateLiteral":
      return list(
        "template",
        ...node.quasis.flatMap((text, index) => [JSON.stringify(text), node.expressions[index]].slice(0, 2)).map((
          part,
        ) => typeof part === "string" || part === undefined ? part : print(part)),
      );
    case "ArrayExpression":
      return `[${node.elements.map(argument).join(" ")}]`;
    case "ObjectExpression":
      return `{${node.properties.map(property).join(" ")}}`;
    case "UnaryExpression":
      return list(node.operator, print(node.argument));
    case "UpdateExpression":
      return list(node.prefix ? `${node.operator}_` : `_${node.operator}`, print(node.argument));
    case "BinaryExpression":
    case "LogicalExpression":
      return list(node.operator, print(node.left), print(node.right));
    case "AssignmentExpression":
      return list(node.operator, target(node.target), print(node.value));
    case "ConditionalExpression":
      return list("?", print(node.test), print(node.consequent), print(node.alternate));
    case "CallExpression":
      return list(node.optional ? "call?" : "call", print(node.callee), ...node.arguments.map(argument));
    case "NewExpression":
      return list("new", print(node.callee), ...node.arguments.map(argument));
    case "MemberExpression":
      return member(node);
    case "ChainExpression":
      return list("chain", print(node.expression));
    case "SequenceExpression":
      return list(",", ...node.expressions.map(print));
    case "FunctionExpression":
      return printFunction(node);
  }
}

function member({ object, property, computed, optional }: Extract<Expression, { kind: "MemberExpression" }>): string {
  const dot = optional ? "?." : computed ? "" : ".";
  if (computed) return `${print(object)}${dot}[${print(property)}]`;
  return `${print(object)}${dot}${property.kind === "StringLiteral" ? property.value : print(property)}`;
}

function argument(node: Argument): string {
  if (!node) return "-";
  return node.kind === "SpreadElement" ? `...${print(node.argument)}` : print(node);
}

function key(node: Expression, computed: boolean): string {
  return computed ? `[${print(node)}]` : node.kind === "StringLiteral" ? node.value : print(node);
}

function property(node: Property | SpreadElement): string {
  if (node.kind === "SpreadElement") return argument(node);
  return `${key(node.key, node.computed)}:${print(node.value)}`;
}

function target(node: Expression | Pattern): string {
  return node.kind === "ObjectPattern" || node.kind === "ArrayPattern" ? pattern(node) : print(node);
}

function pattern(node: Pattern): string {
  switch (node.kind) {
    case "ObjectPattern": {
      const parts = node.properties.map((part) => `${key(part.key, part.computed)}:${element(part.value)}`);
      if (node.rest) parts.push(`...${pattern(node.rest)}`);
      return `{${parts.join(" ")}}`;
    }
    case "ArrayPattern": {
      const parts = node.elements.map((part) => part ? element(part) : "-");
      if (node.rest) parts.push(`...${pattern(node.rest)}`);
      return `[${parts.join(" ")}]`;
    }
    default:
      return print(node);
  }
}

function element({ target, initial }: PatternElement): string {
  return initial ? list("default", pattern(target), print(initial)) : pattern(target);
}

function declaration({ declaration, declarators }: VariableDeclaration): string {
  return list(
    declaration,
    ...declarators.map(({ target, initial }) => initial ? list(pattern(target), print(initial)) : pattern(target)),
  );
}

/** A statement; expression statements print as their expression. */
function statement(node: Statement): string {
  switch (node.kind) {
    case "ExpressionStatement":
      return print(node.expression);
    case "VariableDeclaration":
      return declaration(node);
    case "BlockStatement":
      return list("block", ...node.body.map(statement));
    case "EmptyStatement":
      return "()";
    case "IfStatement":
      return list("if", print(node.test), statement(node.consequent), node.alternate && statement(node.alternate));
    case "ForStatement":
      return list(
        "for",
        node.initial === undefined
          ? "-"
          : node.initial.kind === "VariableDeclaration"
          ? declaration(node.initial)
          : print(node.initial),
        node.test ? print(node.test) : "-",
        node.update ? print(node.update) : "-",
        statement(node.body),
      );
    case "ForOfStatement":
      return list("for-of", node.declaration, pattern(node.target), print(node.iterable), statement(node.body));
    case "ForInStatement":
      return list("for-in", node.declaration, pattern(node.target), print(node.object), statement(node.body));
    case "WhileStatement":
      return list("while", print(node.test), statement(node.body));
    case "DoWhileStatement":
      return list("do", statement(node.body), print(node.test));
    case "SwitchStatement":
      return list(
        "switch",
        print(node.discriminant),
        ...node.cases.map(({ test, body }) =>
          list(test ? "case" : "default", test && print(test), ...body.map(statement))
        ),
      );
    case "BreakStatement":
      return list("break", node.label);
    case "ContinueStatement":
      return list("continue", node.label);
    case "LabeledStatement":
      return list("label", node.label, statement(node.body));
    case "ReturnStatement":
      return list("return", node.argument && print(node.argument));
    case "ThrowStatement":
      return list("throw", print(node.argument));
    case "FunctionDeclaration":
      return list("declare", printFunction(node.function));
  }
}
