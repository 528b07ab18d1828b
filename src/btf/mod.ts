/**
 * BTF: descriptions of types for the kernel and its tools.
 *
 * @module
 */

export { type BtfTypes, decodeBtf } from "./decode.ts";
export { BtfBuilder } from "./encode.ts";
export { type SectionVariable, sectionVariables, typeText } from "./layout.ts";
export {
  buildMapBtf,
  buildVariablesBtf,
  type MapBtf,
  type MapForm,
  type PlacedVariable,
  type VariableGroup,
} from "./maps.ts";
export {
  buildProgramBtf,
  generatorMark,
  type ProgramBtf,
  type ProgramFunction,
  type ProgramLine,
  recordBytes,
} from "./program.ts";
export type * from "./types.ts";
export { addType, identifier } from "./values.ts";
