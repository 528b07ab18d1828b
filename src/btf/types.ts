/**
 * BTF's kinds of types as data: what maps, programs and object files tell the kernel and its tools about their types.
 *
 * @module
 */

/** The number of a type inside one BTF section; 0 is `void`. */
export type BtfId = number & { readonly brand?: "BtfId" };

/** A field of a struct or union. */
export interface BtfMember {
  readonly name: string;
  readonly type: BtfId;
  /** Bits from the start. */
  readonly bitOffset: number;
  /** Only of bit fields: their width. */
  readonly bitSize?: number;
}

/** A named parameter. */
export interface BtfParameter {
  readonly name: string;
  readonly type: BtfId;
}

/** A variable's place in a data section. */
export interface BtfSectionEntry {
  readonly type: BtfId;
  readonly offset: number;
  readonly size: number;
}

/** A name of an enumeration. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** Types that only refer to another one. */
export type BtfReference = "pointer" | "typedef" | "volatile" | "const" | "restrict" | "typeTag";

/** One type (Documentation/bpf/btf.rst). */
export type BtfType =
  | {
    readonly kind: "int";
    readonly name: string;
    readonly size: 1 | 2 | 4 | 8 | 16;
    readonly encoding?: "signed" | "char" | "bool";
  }
  | { readonly kind: "float"; readonly name: string; readonly size: 2 | 4 | 8 | 12 | 16 }
  | { readonly kind: BtfReference; readonly name?: string; readonly type: BtfId }
  | { readonly kind: "array"; readonly element: BtfId; readonly index: BtfId; readonly count: number }
  | {
    readonly kind: "struct" | "union";
    readonly name?: string;
    readonly size: number;
    readonly members: readonly BtfMember[];
  }
  | {
    readonly kind: "enum" | "enum64";
    readonly name?: string;
    readonly size: 1 | 2 | 4 | 8;
    readonly signed?: boolean;
    readonly values: readonly BtfEnumerator[];
  }
  | { readonly kind: "forward"; readonly name: string; readonly union?: boolean }
  | { readonly kind: "prototype"; readonly result: BtfId; readonly parameters: readonly BtfParameter[] }
  | { readonly kind: "function"; readonly name: string; readonly type: BtfId; readonly linkage: BtfLinkage }
  | { readonly kind: "variable"; readonly name: string; readonly type: BtfId; readonly linkage: BtfLinkage }
  | {
    readonly kind: "section";
    readonly name: string;
    readonly size: number;
    readonly entries: readonly BtfSectionEntry[];
  }
  | {
    readonly kind: "declarationTag";
    readonly name: string;
    readonly type: BtfId;
    /** Which member or parameter; −1: the whole. */
    readonly component: number;
  };

/** Who may refer to a function or variable. Callbacks must be static. */
export type BtfLinkage = "static" | "global" | "extern";
