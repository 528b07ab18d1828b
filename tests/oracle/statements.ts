/**
 * Random statements.
 *
 * @module
 */

import { choiceStatement } from "./choices.ts";
import { exactFixed, fixedStatement } from "./decimals.ts";
import { assignment, EDGES, randomExpression, randomTarget, surroundings } from "./expressions.ts";
import { moveStatement } from "./ends.ts";
import { arrowDeclaration, callStatement } from "./functions.ts";
import { mapStatement } from "./maps.ts";
import { headerDeclaration, packetWrite } from "./packets.ts";
import { type Piece, statement } from "./piece.ts";
import { viewStatement } from "./places.ts";
import { scanStatement } from "./scans.ts";
import type { Scope } from "./scope.ts";
import { sumStatement } from "./sums.ts";

/** So many statements in a block of their own; `last` follows them. */
export function block(scope: Scope, depth: number, count: number, last?: () => Piece): Piece {
  return scope.within({}, () => {
    const statements = Array.from({ length: count }, () => randomStatement(scope, depth));
    return { kind: "block", parts: ["{\n", ...statements, ...last ? [last()] : [], "}\n"] };
  });
}

function randomStatement(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const special = specialStatement(scope, depth);
  if (special) return special;
  const choice = random.below(100);
  if (choice < 25) return declaration(scope);
  if (choice < 60 || depth === 0) return assignmentStatement(scope);
  if (choice < 72) return ifStatement(scope, depth);
  if (choice < 80) return loop(scope, depth);
  if (choice < 84) return switchStatement(scope, depth);
  if (choice < 86 && scope.loops > 0) return jump(scope);
  if (choice < 90) return answerStatement(scope);
  if (choice < 95 && scope.hasPacket) return packetWrite(scope);
  return statement("void (", randomExpression(scope, random.pick(["number", "bigint", "boolean"]), 2), ");\n");
}

/** What only some programs have. */
function specialStatement(scope: Scope, depth: number): Piece | undefined {
  const { random } = scope;
  if (scope.isShaped && random.chance(15)) {
    const piece = viewStatement(scope, depth);
    if (piece) return piece;
  }
  if (scope.hasMaps && random.chance(25)) {
    const piece = mapStatement(scope, depth);
    if (piece) return piece;
  }
  if (scope.hasSums && random.chance(10)) {
    const piece = sumStatement(scope);
    if (piece) return piece;
  }
  if (scope.hasChoices && random.chance(12)) {
    const piece = choiceStatement(scope, depth);
    if (piece) return piece;
  }
  if (scope.hasScans && random.chance(12)) {
    const piece = scanStatement(scope);
    if (piece) return piece;
  }
  if (scope.movesEnds && random.chance(10)) {
    const piece = moveStatement(scope);
    if (piece) return piece;
  }
  if (scope.hasDecimals && random.chance(30)) {
    const piece = fixedStatement(surroundings(scope, 1));
    if (piece) return piece;
  }
  if (!scope.hasFunctions || random.chance(80)) return undefined;
  switch (random.below(5)) {
    case 0:
      return arrowDeclaration(scope, depth);
    case 1:
      return leave(scope);
    case 2:
      return scope.hasPacket && scope.isShaped ? headerDeclaration(scope) : undefined;
    default:
      return callStatement(scope);
  }
}

/** Leaves the program, sometimes. */
function leave(scope: Scope): Piece {
  const how = scope.hasThis && scope.random.chance(70) ? `this.exit(${randomAction(scope)})` : 'throw "stop"';
  return statement("if (", randomExpression(scope, "boolean", 2), `) ${how};\n`);
}

function randomAction({ random }: Scope): string {
  return random.pick(["XDP.PASS", "XDP.DROP", "XDP.TX", "XDP.ABORTED"]);
}

/** What the function that this is gives. */
export function answerStatement(scope: Scope): Piece {
  const { answer } = scope;
  if (answer === undefined) return statement("return;\n");
  const value: Piece = answer === "action"
    ? { kind: "number", parts: [randomAction(scope)] }
    : randomExpression(scope, answer, 2);
  return statement("return ", value, ";\n");
}

/** Goes on with a loop's next turn, or leaves it; sometimes one further out. */
function jump(scope: Scope): Piece {
  const { random, labels } = scope;
  const label = labels.length > 0 && random.chance(40) ? ` ${random.pick(labels)}` : "";
  return statement("if (", randomExpression(scope, "boolean", 1), `) ${random.pick(["break", "continue"])}${label};\n`);
}

function declaration(scope: Scope): Piece {
  const { random } = scope;
  const kind = random.pick(["number", "number", "bigint", "boolean"] as const);
  const name = scope.fresh("v");
  if (scope.hasDecimals && random.chance(20)) {
    const value = exactFixed(surroundings(scope, 1), 2);
    scope.declare({ name, kind: "fixed", writable: false });
    return statement(`const ${name} = `, value, ";\n");
  }
  const writable = random.chance(60);
  const initial = randomExpression(scope, kind, 3);
  scope.declare({ name, kind, writable });
  return statement(`${writable ? "let" : "const"} ${name} = `, initial, ";\n");
}

function assignmentStatement(scope: Scope): Piece {
  const target = randomTarget(scope);
  return target ? statement("", assignment(scope, target, true), ";\n") : declaration(scope);
}

function ifStatement(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const inner = () => block(scope, depth - 1, 1 + random.below(3));
  const test = randomExpression(scope, "boolean", 2);
  const then = inner();
  if (random.chance(50)) return statement("if (", test, ") ", then);
  return statement("if (", test, ") ", then, "else ", inner());
}

/** A loop that ends; its counter is a const as far as the body is concerned. */
function loop(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const name = scope.fresh("i");
  // Nested loops multiply, and the verifier follows every turn.
  const limit = random.pick(scope.loops > 0 ? [2, 3] : [2, 3, 5, 20, 40]);
  const label = scope.hasFunctions && random.chance(40) ? scope.fresh("loop") : undefined;
  const head = label ? `${label}: ` : "";
  const body = () => {
    const names = [{ name, kind: "number", writable: false }] as const;
    return scope.inLoop(label, { names }, () => block(scope, depth - 1, 1 + random.below(3)));
  };
  switch (random.below(scope.hasFunctions ? 5 : 4)) {
    case 4: {
      // Until nothing is left of a number.
      const step = random.pick([" >>>= 1", " >>= 2", ` = Math.floor(${name} / 3)`, " = (" + name + " / 10) | 0"]);
      const start = randomExpression(scope, "number", 1);
      return statement(
        `${head}for (let ${name} = (`,
        start,
        ` & ${scope.loops > 0 ? 7 : 0xffff}); ${name} > 0; ${name}${step}) `,
        body(),
      );
    }
    case 0: {
      const step = random.pick(["--", " -= 2"]);
      return statement(`${head}for (let ${name} = ${limit}; ${name} > 0; ${name}${step}) `, body());
    }
    case 1:
      return statement(`${head}for (const ${name} of [${random.pick(["1, 2", "3, 200, 70000", "0"])}]) `, body());
    case 2:
      return statement(`{ let ${name} = 0; ${head}do `, body(), `while (++${name} < ${limit}); }\n`);
    default:
      return statement(`${head}for (let ${name} = 0; ${name} < ${limit}; ${name}++) `, body());
  }
}

function switchStatement(scope: Scope, depth: number): Piece {
  const { random } = scope;
  const cases = Array.from({ length: 1 + random.below(4) }, (_, i): Piece => {
    const head = random.chance(80)
      ? `case ${random.chance(50) ? i : random.pick(EDGES)}: `
      : i === 2
      ? "default: "
      : `case ${i + 9}: `;
    return statement(head, block(scope, depth - 1, 1 + random.below(2)), random.chance(70) ? "break;\n" : "");
  });
  return statement("switch (", randomExpression(scope, "number", 1), ") {\n", ...cases, "}\n");
}
