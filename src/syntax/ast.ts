/**
 * The syntax tree of the subset: what `parser.ts` makes of a function's text and `compiler/lower` reads.
 *
 * Names follow ESTree (https://github.com/estree/estree) with `kind` as the discriminant. Every node carries
 * `start` and `end`, offsets into the text that was parsed; `positions.ts` turns them into the user's file:line:column.
 *
 * @module
 */

/** A half-open range of offsets in the parsed text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Node<Kind extends string> extends Span {
  readonly kind: Kind;
}

export interface Identifier extends Node<"Identifier"> {
  readonly name: string;
}
/** `#name`; only the property of a {@linkcode MemberExpression}. */
export interface PrivateName extends Node<"PrivateName"> {
  readonly name: string;
}
export interface NumberLiteral extends Node<"NumberLiteral"> {
  readonly value: number;
}
export interface BigIntLiteral extends Node<"BigIntLiteral"> {
  readonly value: bigint;
}
export interface StringLiteral extends Node<"StringLiteral"> {
  readonly value: string;
}
export interface BooleanLiteral extends Node<"BooleanLiteral"> {
  readonly value: boolean;
}
export interface NullLiteral extends Node<"NullLiteral"> {}
/** `a${b}c`: `quasis` (cooked) has one entry more than `expressions`. */
export interface TemplateLiteral extends Node<"TemplateLiteral"> {
  readonly quasis: readonly string[];
  readonly expressions: readonly Expression[];
}
export interface ThisExpression extends Node<"ThisExpression"> {}
/** `super`; only the object of a {@linkcode MemberExpression}. */
export interface SuperExpression extends Node<"SuperExpression"> {}

export interface ArrayExpression extends Node<"ArrayExpression"> {
  readonly elements: readonly (Expression | SpreadElement | undefined)[];
}
export interface SpreadElement extends Node<"SpreadElement"> {
  readonly argument: Expression;
}
export interface Property extends Node<"Property"> {
  /** A plain key is a StringLiteral (`{ a: 1 }`, `{ a }`, `{ "a": 1 }`) or NumberLiteral; a computed one any expression. */
  readonly key: Expression;
  readonly computed: boolean;
  readonly value: Expression;
}
export interface ObjectExpression extends Node<"ObjectExpression"> {
  readonly properties: readonly (Property | SpreadElement)[];
}

export type UnaryOperator = "-" | "+" | "!" | "~" | "typeof" | "void" | "delete";
export interface UnaryExpression extends Node<"UnaryExpression"> {
  readonly operator: UnaryOperator;
  readonly argument: Expression;
}
export interface UpdateExpression extends Node<"UpdateExpression"> {
  readonly operator: "++" | "--";
  readonly prefix: boolean;
  readonly argument: Expression;
}
// deno-fmt-ignore
export type BinaryOperator =
  | "+" | "-" | "*" | "/" | "%" | "**"
  | "&" | "|" | "^" | "<<" | ">>" | ">>>"
  | "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">="
  | "in" | "instanceof";
export interface BinaryExpression extends Node<"BinaryExpression"> {
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** Where the operator stands: the caret of most errors. */
  readonly operatorStart: number;
}
export type LogicalOperator = "&&" | "||" | "??";
export interface LogicalExpression extends Node<"LogicalExpression"> {
  readonly operator: LogicalOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly operatorStart: number;
}
// deno-fmt-ignore
export type AssignmentOperator =
  | "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "**="
  | "&=" | "|=" | "^=" | "<<=" | ">>=" | ">>>="
  | "&&=" | "||=" | "??=";
export interface AssignmentExpression extends Node<"AssignmentExpression"> {
  readonly operator: AssignmentOperator;
  /** A pattern only with `=`. */
  readonly target: Expression | Pattern;
  readonly value: Expression;
  readonly operatorStart: number;
}
export interface ConditionalExpression extends Node<"ConditionalExpression"> {
  readonly test: Expression;
  readonly consequent: Expression;
  readonly alternate: Expression;
}
export interface CallExpression extends Node<"CallExpression"> {
  readonly callee: Expression;
  readonly arguments: readonly (Expression | SpreadElement)[];
  /** `f?.()` */
  readonly optional: boolean;
}
export interface NewExpression extends Node<"NewExpression"> {
  readonly callee: Expression;
  readonly arguments: readonly (Expression | SpreadElement)[];
}
export interface MemberExpression extends Node<"MemberExpression"> {
  readonly object: Expression;
  /** `a.b`: a StringLiteral with `computed` false; `a.#b`: a PrivateName; `a[b]`: any expression with `computed` true. */
  readonly property: Expression | PrivateName;
  readonly computed: boolean;
  /** `a?.b` */
  readonly optional: boolean;
}
/** The extent of an optional chain: where `?.` short-circuits to. Wraps the outermost member or call of the chain. */
export interface ChainExpression extends Node<"ChainExpression"> {
  readonly expression: MemberExpression | CallExpression;
}
export interface SequenceExpression extends Node<"SequenceExpression"> {
  readonly expressions: readonly Expression[];
}
export interface FunctionExpression extends Node<"FunctionExpression"> {
  readonly form: "arrow" | "function" | "method" | "getter" | "setter";
  /** The method's or function's own name; `undefined` for arrows and computed keys that are no plain string. */
  readonly name: string | undefined;
  readonly parameters: readonly Parameter[];
  /** An arrow's expression body is the expression itself. */
  readonly body: BlockStatement | Expression;
}
export interface Parameter extends Node<"Parameter"> {
  readonly target: Pattern;
  readonly initial: Expression | undefined;
  readonly rest: boolean;
}

export type Expression =
  | Identifier
  | NumberLiteral
  | BigIntLiteral
  | StringLiteral
  | BooleanLiteral
  | NullLiteral
  | TemplateLiteral
  | ThisExpression
  | SuperExpression
  | ArrayExpression
  | ObjectExpression
  | UnaryExpression
  | UpdateExpression
  | BinaryExpression
  | LogicalExpression
  | AssignmentExpression
  | ConditionalExpression
  | CallExpression
  | NewExpression
  | MemberExpression
  | ChainExpression
  | SequenceExpression
  | FunctionExpression;

/** What a declaration or a destructuring assignment binds. In an assignment, leaves may be member expressions. */
export type Pattern = Identifier | MemberExpression | ObjectPattern | ArrayPattern;
export interface PatternElement extends Node<"PatternElement"> {
  readonly target: Pattern;
  readonly initial: Expression | undefined;
}
export interface ObjectPattern extends Node<"ObjectPattern"> {
  readonly properties: readonly PatternProperty[];
  readonly rest: Pattern | undefined;
}
export interface PatternProperty extends Node<"PatternProperty"> {
  readonly key: Expression;
  readonly computed: boolean;
  readonly value: PatternElement;
}
export interface ArrayPattern extends Node<"ArrayPattern"> {
  readonly elements: readonly (PatternElement | undefined)[];
  readonly rest: Pattern | undefined;
}

export interface ExpressionStatement extends Node<"ExpressionStatement"> {
  readonly expression: Expression;
}
export interface VariableDeclaration extends Node<"VariableDeclaration"> {
  readonly declaration: "const" | "let" | "var";
  readonly declarators: readonly VariableDeclarator[];
}
export interface VariableDeclarator extends Node<"VariableDeclarator"> {
  readonly target: Pattern;
  readonly initial: Expression | undefined;
}
export interface BlockStatement extends Node<"BlockStatement"> {
  readonly body: readonly Statement[];
}
export interface EmptyStatement extends Node<"EmptyStatement"> {}
export interface IfStatement extends Node<"IfStatement"> {
  readonly test: Expression;
  readonly consequent: Statement;
  readonly alternate: Statement | undefined;
}
export interface ForStatement extends Node<"ForStatement"> {
  readonly initial: VariableDeclaration | Expression | undefined;
  readonly test: Expression | undefined;
  readonly update: Expression | undefined;
  readonly body: Statement;
}
export interface ForOfStatement extends Node<"ForOfStatement"> {
  readonly declaration: "const" | "let" | "var" | undefined;
  readonly target: Pattern;
  readonly iterable: Expression;
  readonly body: Statement;
}
export interface ForInStatement extends Node<"ForInStatement"> {
  readonly declaration: "const" | "let" | "var" | undefined;
  readonly target: Pattern;
  readonly object: Expression;
  readonly body: Statement;
}
export interface WhileStatement extends Node<"WhileStatement"> {
  readonly test: Expression;
  readonly body: Statement;
}
export interface DoWhileStatement extends Node<"DoWhileStatement"> {
  readonly test: Expression;
  readonly body: Statement;
}
export interface SwitchStatement extends Node<"SwitchStatement"> {
  readonly discriminant: Expression;
  readonly cases: readonly SwitchCase[];
}
export interface SwitchCase extends Node<"SwitchCase"> {
  /** `undefined`: `default:` */
  readonly test: Expression | undefined;
  readonly body: readonly Statement[];
}
export interface BreakStatement extends Node<"BreakStatement"> {
  readonly label: string | undefined;
}
export interface ContinueStatement extends Node<"ContinueStatement"> {
  readonly label: string | undefined;
}
export interface LabeledStatement extends Node<"LabeledStatement"> {
  readonly label: string;
  readonly body: Statement;
}
export interface ReturnStatement extends Node<"ReturnStatement"> {
  readonly argument: Expression | undefined;
}
export interface ThrowStatement extends Node<"ThrowStatement"> {
  readonly argument: Expression;
}
export interface FunctionDeclaration extends Node<"FunctionDeclaration"> {
  readonly name: string;
  readonly function: FunctionExpression;
}

export type Statement =
  | ExpressionStatement
  | VariableDeclaration
  | BlockStatement
  | EmptyStatement
  | IfStatement
  | ForStatement
  | ForOfStatement
  | ForInStatement
  | WhileStatement
  | DoWhileStatement
  | SwitchStatement
  | BreakStatement
  | ContinueStatement
  | LabeledStatement
  | ReturnStatement
  | ThrowStatement
  | FunctionDeclaration;
