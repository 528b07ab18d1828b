/**
 * Where an undecorated method stands, by calling it with a `this` and parameters that throw at the first touch: the
 * stack of that error has the exact place in the user's file.
 *
 * The user's code must not run at generation. So the method's tree is read first, and it is called only if nothing but
 * such a touch can happen first: no call, no assignment to what is outside, no getter or conversion of anything else.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import type {
  AssignmentExpression,
  BlockStatement,
  CallExpression,
  Expression,
  FunctionExpression,
  MemberExpression,
  ObjectExpression,
  Parameter,
  Pattern,
  SpreadElement,
  Statement,
  VariableDeclaration,
} from "./ast.ts";
import { stackLocations } from "./stack.ts";

/**
 * What evaluating a part does, when `this` and the parameters are poison:
 * - `leaves`: it surely throws or returns, having touched nothing but poison;
 * - `unsafe`: it may do something else;
 * - otherwise it does nothing, and its value is poison, a primitive, or anything (`opaque`).
 */
type Outcome = "leaves" | "unsafe" | "poison" | "primitive" | "opaque";

/** Whether calling the function with poison can do nothing but touch poison, and may do so. */
export function onlyTouchesPoison(node: FunctionExpression): boolean {
  return new Reader(node).reads(node);
}

class Reader {
  /** What the function's outermost variables may hold. Those of inner blocks are treated as from outside. */
  readonly #locals = new Map<string, Outcome>();
  readonly #this: Outcome;
  #blocks = 0;
  #touches = false;
  /** How many immediately called arrows are around, and whether one of them may have returned. */
  #arrows = 0;
  #returned = false;

  constructor({ form }: FunctionExpression) {
    this.#this = form === "arrow" ? "opaque" : "poison";
  }

  reads({ parameters, body }: FunctionExpression): boolean {
    const outcome = this.#then(this.#parameters(parameters), () => {
      return body.kind === "BlockStatement" ? this.#block(body) : this.#expression(body);
    });
    return outcome !== "unsafe" && this.#touches;
  }

  /** Poison is touched here, and throws. */
  #touch(): Outcome {
    this.#touches = true;
    return "leaves";
  }

  #parameters(parameters: readonly Parameter[]): Outcome {
    return this.#first(parameters, ({ target, rest }) => this.#bind(target, rest ? "opaque" : "poison"));
  }

  /** Goes on while nothing happens; `primitive` if nothing did. */
  #first<Item>(items: readonly Item[], outcomeOf: (item: Item) => Outcome): Outcome {
    for (const item of items) {
      const outcome = outcomeOf(item);
      if (outcome === "leaves" || outcome === "unsafe") return outcome;
    }
    return "primitive";
  }

  /** Binds names; taking poison apart touches it. */
  #bind(target: Pattern, value: Outcome): Outcome {
    if (target.kind === "Identifier") {
      if (this.#locals.has(target.name)) this.#locals.set(target.name, "opaque");
      else if (this.#blocks === 0) this.#locals.set(target.name, value);
      return "primitive";
    }
    const first = target.kind === "ObjectPattern" ? target.properties[0] : undefined;
    const touches = target.kind === "ArrayPattern" || (first !== undefined && !first.computed);
    return value === "poison" && touches ? this.#touch() : "unsafe";
  }

  #block({ body }: BlockStatement): Outcome {
    return this.#first(body, (statement) => this.#statement(statement));
  }

  #inBlock(outcomeOf: () => Outcome): Outcome {
    this.#blocks++;
    const outcome = outcomeOf();
    this.#blocks--;
    return outcome;
  }

  #statement(node: Statement): Outcome {
    switch (node.kind) {
      case "ExpressionStatement":
        return this.#expression(node.expression);
      case "VariableDeclaration":
        return this.#declaration(node);
      case "BlockStatement":
        return this.#inBlock(() => this.#block(node));
      case "EmptyStatement":
        return "primitive";
      case "FunctionDeclaration":
        return this.#bind({ kind: "Identifier", name: node.name, start: node.start, end: node.end }, "opaque");
      case "IfStatement":
        return this.#either(node.test, () => this.#statement(node.consequent), () => {
          return node.alternate ? this.#statement(node.alternate) : "primitive";
        });
      case "ReturnStatement":
        return this.#return(node.argument);
      case "ThrowStatement":
        return this.#then(this.#expression(node.argument), () => "leaves");
      case "ForStatement":
        return this.#inBlock(() => this.#for(node));
      case "ForOfStatement":
        return this.#then(this.#expression(node.iterable), (value) => this.#enumerated(value));
      case "ForInStatement":
        return this.#then(this.#expression(node.object), (value) => this.#enumerated(value));
      case "WhileStatement":
        return this.#mustLeave(this.#expression(node.test));
      case "DoWhileStatement":
        return this.#mustLeave(this.#statement(node.body));
      case "SwitchStatement":
        return this.#mustLeave(this.#expression(node.discriminant));
      default:
        return "unsafe";
    }
  }

  /** A loop that does not leave at once may never end. */
  #mustLeave(outcome: Outcome): Outcome {
    return outcome === "leaves" ? outcome : "unsafe";
  }

  #for({ initial, test }: Extract<Statement, { kind: "ForStatement" }>): Outcome {
    const begun = initial?.kind === "VariableDeclaration"
      ? this.#declaration(initial)
      : initial
      ? this.#expression(initial)
      : "primitive";
    return this.#then(begun, () => test ? this.#mustLeave(this.#expression(test)) : "unsafe");
  }

  #return(argument: Expression | undefined): Outcome {
    this.#returned ||= this.#arrows > 0;
    return argument ? this.#then(this.#expression(argument), () => "leaves") : "leaves";
  }

  #declaration({ declarators }: VariableDeclaration): Outcome {
    return this.#first(declarators, ({ target, initial }) => {
      const value = initial ? this.#expression(initial) : "primitive";
      return this.#then(value, () => this.#bind(target, value));
    });
  }

  /** Goes on only if nothing happened. */
  #then(outcome: Outcome, next: (value: Outcome) => Outcome): Outcome {
    return outcome === "leaves" || outcome === "unsafe" ? outcome : next(outcome);
  }

  /** A condition with two ways on. */
  #either(test: Expression, consequent: () => Outcome, alternate: () => Outcome): Outcome {
    return this.#then(this.#expression(test), () => {
      const one = consequent(), other = alternate();
      if (one === other) return one;
      return one === "unsafe" || other === "unsafe" ? "unsafe" : "opaque";
    });
  }

  #expression(node: Expression): Outcome {
    switch (node.kind) {
      case "NumberLiteral":
      case "BigIntLiteral":
      case "StringLiteral":
      case "BooleanLiteral":
      case "NullLiteral":
        return "primitive";
      case "Identifier":
        return this.#locals.get(node.name) ?? "opaque";
      case "ThisExpression":
        return this.#this;
      case "FunctionExpression":
        return "opaque";
      case "ChainExpression":
        return this.#expression(node.expression);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      case "AssignmentExpression":
        return this.#assignment(node);
      case "UpdateExpression":
        return node.argument.kind === "MemberExpression" ? this.#member(node.argument) : "unsafe";
      case "SequenceExpression":
        return this.#then(
          this.#first(node.expressions.slice(0, -1), (part) => this.#expression(part)),
          () => this.#expression(node.expressions.at(-1)!),
        );
      case "ConditionalExpression":
        return this.#either(
          node.test,
          () => this.#expression(node.consequent),
          () => this.#expression(node.alternate),
        );
      case "LogicalExpression":
        return this.#either(node.left, () => this.#expression(node.right), () => "opaque");
      case "BinaryExpression":
        return this.#binary(node);
      case "UnaryExpression":
        return this.#unary(node);
      case "TemplateLiteral":
        return this.#first(node.expressions, (part) => this.#converted(this.#expression(part)));
      case "ArrayExpression":
        return this.#then(this.#elements(node.elements), () => "opaque");
      case "ObjectExpression":
        return this.#object(node);
      default:
        return "unsafe";
    }
  }

  /** A value is made a number or a string: objects may run anything. */
  #converted(value: Outcome): Outcome {
    return value === "poison" ? this.#touch() : value === "opaque" ? "unsafe" : value;
  }

  /** A value's elements or keys are asked for. */
  #enumerated(value: Outcome): Outcome {
    return value === "poison" ? this.#touch() : "unsafe";
  }

  #elements(elements: readonly (Expression | SpreadElement | undefined)[]): Outcome {
    return this.#first(elements, (element) => {
      if (!element) return "primitive";
      if (element.kind !== "SpreadElement") return this.#expression(element);
      return this.#then(this.#expression(element.argument), (value) => this.#enumerated(value));
    });
  }

  #object({ properties }: ObjectExpression): Outcome {
    const outcome = this.#first(properties, (property) => {
      if (property.kind === "SpreadElement") return this.#elements([property]);
      if (property.computed) return "unsafe";
      return this.#expression(property.value);
    });
    return this.#then(outcome, () => "opaque");
  }

  #member({ object, property, computed }: MemberExpression): Outcome {
    return this.#then(this.#expression(object), (base) => {
      if (base !== "poison") return "unsafe";
      if (!computed) return this.#touch();
      return this.#then(this.#expression(property as Expression), (key) => key === "opaque" ? "unsafe" : this.#touch());
    });
  }

  #call({ callee, arguments: list }: CallExpression): Outcome {
    if (callee.kind === "FunctionExpression") return this.#immediate(callee, list);
    const called = this.#expression(callee);
    return this.#then(called, () => {
      return this.#then(this.#elements(list), () => called === "poison" ? "leaves" : "unsafe");
    });
  }

  /** `(() => { … })()`: Bun puts single-use variables into such arrows. */
  #immediate(callee: FunctionExpression, list: CallExpression["arguments"]): Outcome {
    if (callee.form !== "arrow" || list.length > 0 || callee.parameters.length > 0) return "unsafe";
    if (callee.body.kind !== "BlockStatement") return this.#expression(callee.body);
    const returned = this.#returned;
    this.#returned = false;
    this.#arrows++;
    const { body } = callee;
    const outcome = this.#inBlock(() => this.#block(body));
    this.#arrows--;
    // Where the arrow may have returned, the function goes on.
    const goesOn = outcome !== "unsafe" && (this.#returned || outcome !== "leaves");
    this.#returned = returned;
    return goesOn ? "opaque" : outcome;
  }

  /** The target is looked at last; only setting a member of poison touches it. */
  #assignment({ operator, target, value }: AssignmentExpression): Outcome {
    if (target.kind === "MemberExpression") {
      if (operator !== "=") return this.#member(target);
      const base = this.#expression(target.object);
      return this.#then(base, () => this.#then(this.#expression(value), () => this.#member(target)));
    }
    if (target.kind !== "Identifier" || operator !== "=" || !this.#locals.has(target.name)) return "unsafe";
    const assigned = this.#expression(value);
    return this.#then(assigned, () => {
      if (this.#locals.get(target.name) !== assigned) this.#locals.set(target.name, "opaque");
      return assigned;
    });
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: "BinaryExpression" }>): Outcome {
    const one = this.#expression(left);
    return this.#then(one, () => {
      const other = this.#expression(right);
      return this.#then(other, () => {
        if (operator === "===" || operator === "!==") return "primitive";
        if (operator === "instanceof" || one === "opaque" || other === "opaque") return "unsafe";
        // `poison == null` asks poison nothing.
        if (operator === "==" || operator === "!=") return "primitive";
        if (operator === "in") return other === "poison" && one === "primitive" ? this.#touch() : "unsafe";
        return one === "poison" || other === "poison" ? this.#touch() : "primitive";
      });
    });
  }

  #unary({ operator, argument }: Extract<Expression, { kind: "UnaryExpression" }>): Outcome {
    if (operator === "delete") return argument.kind === "MemberExpression" ? this.#member(argument) : "unsafe";
    const value = this.#expression(argument);
    return this.#then(value, () => {
      return operator === "!" || operator === "typeof" || operator === "void" ? "primitive" : this.#converted(value);
    });
  }
}

/**
 * Calls a function with poison and gives the place of its first touch. Only for functions that
 * {@linkcode onlyTouchesPoison} allows.
 *
 * @param parameters How many arguments it gets.
 */
// deno-lint-ignore ban-types -- any function whose text was parsed
export function poisonedLocation(fn: Function, parameters: number): SourceLocation | undefined {
  const touched = new WeakSet<object>();
  const touch = (): never => {
    const error = new Error("touched");
    touched.add(error);
    throw error;
  };
  const poison = poisonWith(touch);
  const [, caller] = stackLocations(new Error().stack);
  try {
    Reflect.apply(fn, poison, new Array(parameters).fill(poison));
  } catch (error) {
    if (error === poison || error === CALLED || !(error instanceof Error)) return undefined;
    // Our own error begins with the trap; the engine's own, as of a private name that poison lacks, with the function.
    const [place, next] = stackLocations(error.stack).slice(touched.has(error) ? 1 : 0);
    // Evaluated functions have no frame: then this is ours, and our caller comes next.
    return isSamePlace(next, caller) ? undefined : place;
  }
  return undefined;
}

function isSamePlace(one: SourceLocation | undefined, other: SourceLocation | undefined): boolean {
  return one?.file === other?.file && one?.line === other?.line && one?.column === other?.column;
}

/** Bun leaves out of its stacks a function that ends in a call: who called poison is not known. */
const CALLED = Symbol("called");
const call = (): never => {
  throw CALLED;
};

function poisonWith(touch: () => never): unknown {
  return new Proxy(function () {}, {
    apply: call,
    construct: call,
    defineProperty: touch,
    deleteProperty: touch,
    get: touch,
    getOwnPropertyDescriptor: touch,
    getPrototypeOf: touch,
    has: touch,
    isExtensible: touch,
    ownKeys: touch,
    preventExtensions: touch,
    set: touch,
    setPrototypeOf: touch,
  });
}
