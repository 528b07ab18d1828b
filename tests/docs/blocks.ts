/**
 * The examples of a page of documentation: code blocks, and what their comments and fences say of them.
 *
 * In the page, a block marked `ts` holds one program (the last class that it declares), and each comment
 * `// packet → ACTION, name = value, …` is a run of it: the packet is `[bytes, …]`, filled up with zeros to 64 bytes, or
 * `n bytes`, or nothing for 64 zeros; the names are the program's, or `packet[i]`. Runs follow each other on one object.
 * A block marked `ts refused CODE` is a program that `check()` refuses so; one marked `ts throws CODE` is code that
 * throws so, and needs the kernel.
 *
 * @module
 */

/** What a block must do. */
export type Expectation =
  | { readonly kind: "runs"; readonly runs: readonly Run[] }
  | { readonly kind: "refused" | "throws"; readonly code: string };

/** One run of the block's program. */
export interface Run {
  /** The comment. */
  readonly text: string;
  readonly packet: readonly number[];
  readonly action: string;
  /** Expressions over the program's names and `packet` → expressions that they equal. */
  readonly values: readonly (readonly [actual: string, expected: string])[];
}

/** An example. */
export interface Block {
  /** The line of the page that it begins at, from 1. */
  readonly line: number;
  readonly heading: string;
  readonly code: string;
  /** The class that is the program, if there is one. */
  readonly program: string | undefined;
  readonly expectation: Expectation;
}

/** The page's TypeScript blocks. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of page.matchAll(/^```ts(.*)\n([^]*?)^```$/gm)) {
    const [, mark, code] = match;
    const before = page.slice(0, match.index);
    const heading = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? "";
    const program = [...code.matchAll(/^(?:export )?class (\w+) extends XDP\b/gm)].at(-1)?.[1];
    blocks.push({ line: before.split("\n").length, heading, code, program, expectation: expectationOf(mark, code) });
  }
  return blocks;
}

function expectationOf(mark: string, code: string): Expectation {
  const [kind, ...codes] = mark.trim().split(" ");
  if (kind === "") return { kind: "runs", runs: runsOf(code) };
  if ((kind === "refused" || kind === "throws") && codes.length === 1) return { kind, code: codes[0] };
  throw new Error(`Cannot read the mark of a code block: \`\`\`ts${mark}`);
}

function runsOf(code: string): readonly Run[] {
  return [...code.matchAll(/^\/\/ ?(.*?) ?→ (\w+)(?:, (.*))?$/gm)].map(([text, packet, action, values = ""]) => {
    const pairs = values.split(/, (?=[\w.[\]]+ = )/).filter((pair) => pair !== "").map((pair) => pair.split(" = "));
    return { text, packet: packetOf(packet), action, values: pairs.map(([actual, expected]) => [actual, expected]) };
  });
}

function packetOf(text: string): readonly number[] {
  const length = /^(\d+) bytes$/.exec(text)?.[1];
  if (length !== undefined) return new Array(Number(length)).fill(0);
  const bytes: number[] = text === ""
    ? []
    : JSON.parse(text.replaceAll(/0x[\da-f]+/gi, (byte) => String(Number(byte))));
  return Array.from({ length: 64 }, (_, i) => bytes[i] ?? 0);
}

/**
 * A block as a module that exports its program; `library` is where `@waggle/ebpf` is. A block that imports it is a module
 * already.
 */
export function moduleOf(block: Block, names: readonly string[], library: string): string {
  if (block.code.includes('from "@waggle/ebpf"')) return block.code.replace("@waggle/ebpf", library);
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(block.code) && !declares(block.code, name));
  const imports = `import { ${used.join(", ")} } from ${JSON.stringify(library)};\n`;
  const exported = block.program ? `\nexport { ${block.program} as Example };\n` : "\nexport {};\n";
  return imports + block.code + exported;
}

/** Whether a block makes a name of its own. A type and a value may share one. */
function declares(code: string, name: string): boolean {
  return new RegExp(`^(?:export )?(?:const|let|class|type|function) ${name}\\b`, "m").test(code);
}
