/**
 * The kernel's `bpf_trace_printk` and `bpf_snprintf` formats.
 *
 * @module
 */

/** One conversion: flags and width, size, what to print. */
const conversion = /%%|%([-0# ]*)(\d*)(hh|h|ll|l)?([diuxXpsc])([uks]\b)?/g;

const bitsOf: Readonly<Record<string, number>> = { hh: 8, h: 16, l: 64, ll: 64 };

/**
 * Puts arguments into a format.
 *
 * @param format With `%d`, `%u`, `%x`, `%llu`, `%p`, `%c`, `%s`, …
 * @param values 64 bits each.
 * @param text Gives the text that an argument of `%s` points to.
 * @returns The text; what is not understood stays.
 */
export function formatText(format: string, values: readonly bigint[], text: (address: bigint) => string): string {
  let next = 0;
  return format.replace(conversion, (whole, flags = "", width = "", size = "", kind) => {
    if (whole === "%%") return "%";
    const value = values[next++] ?? 0n;
    const printed = convert(kind, value, bitsOf[size] ?? 32, text);
    if (flags.includes("-")) return printed.padEnd(Number(width));
    return printed.padStart(Number(width), flags.includes("0") ? "0" : " ");
  });
}

function convert(kind: string, value: bigint, bits: number, text: (address: bigint) => string): string {
  switch (kind) {
    case "d":
    case "i":
      return String(BigInt.asIntN(bits, value));
    case "u":
      return String(BigInt.asUintN(bits, value));
    case "x":
    case "X": {
      const figures = BigInt.asUintN(bits, value).toString(16);
      return kind === "X" ? figures.toUpperCase() : figures;
    }
    case "p":
      return `0x${BigInt.asUintN(64, value).toString(16)}`;
    case "c":
      return String.fromCharCode(Number(value & 0xffn));
    default:
      return text(value);
  }
}
