import { assert, assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { loadBtf, loadProgram, programById, programInfo, ProgramType, testRun } from "../../src/kernel/mod.ts";
import { loadSocketFilter, loadXdp, needsKernel, openDescriptors, returning } from "../support/kernel.ts";

/** One instruction. */
function instruction(opcode: number, registers: number, offset = 0, immediate = 0): number[] {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setUint8(0, opcode);
  bytes.setUint8(1, registers);
  bytes.setInt16(2, offset, true);
  bytes.setInt32(4, immediate, true);
  return [...new Uint8Array(bytes.buffer)];
}

const exit = instruction(0x95, 0);
/** `r0 = *(u64 *)(r1 + 4096)`: beyond the context. */
const badLoad = instruction(0x79, 0x10, 4096);

function load(name: string, ...instructions: readonly number[][]) {
  return loadProgram({ type: ProgramType.Xdp, name, instructions: new Uint8Array(instructions.flat()) });
}

function rejection(...instructions: readonly number[][]): EbpfError {
  return assertThrows(() => load("bad one", ...instructions), EbpfError);
}

describe("loading programs", needsKernel(), () => {
  it("describes what is loaded", () => {
    using program = loadProgram({ type: ProgramType.Xdp, name: "count packets!", instructions: returning(2) });
    const info = programInfo(program);
    assertEquals(info.type, ProgramType.Xdp);
    assertEquals(info.name, "count_packets_");
    assertEquals(info.tag, "614b434cd8324ecc");
    assertEquals([info.translatedLength, info.mapIds, info.btfId], [16, [], 0]);
    assertGreater(info.loadTime, 0n);
    using again = programById(info.id);
    assertEquals(programInfo(again!), info);
    assertEquals(programById(0xffff_fff0), undefined);
  });

  it("tells the verifier's reason first, and keeps its whole log", () => {
    const error = rejection(badLoad, exit);
    assertEquals(error.code, ErrorCode.VerifierRejected);
    assertStringIncludes(
      error.message.split("\n")[0],
      'Cannot load program "bad one": the kernel refuses it (EACCES): invalid bpf_context access off=4096 size=8',
    );
    assertStringIncludes(error.message, "(79) r0 = *(u64 *)(r1 +4096)");
    assertStringIncludes(error.log!, "processed 1 insns");
  });

  it("takes logs of any length", () => {
    const count = 20_000;
    const additions = Array.from({ length: count }, (_, index) => instruction(0x07, 2, 0, index));
    const error = rejection(instruction(0xb7, 2), ...additions, badLoad, exit);
    assertGreater(error.log!.length, 1 << 19);
    assertStringIncludes(error.log!.slice(0, 200), "0: (b7) r2 = 0");
    for (const index of [0, count / 2, count - 1]) {
      assertStringIncludes(error.log!, `\n${index + 1}: (07) r2 += ${index}`);
    }
    assertStringIncludes(error.message.split("\n")[0], "invalid bpf_context access");
    assert(error.message.length < 2000, "the message is as long as the log");
  });

  it("says when there are too many instructions", () => {
    const instructions = new Uint8Array(8 * 1_000_002);
    const error = assertThrows(() => loadProgram({ type: ProgramType.Xdp, name: "huge", instructions }), EbpfError);
    assertEquals(error.code, ErrorCode.TooLarge);
    assertStringIncludes(error.remedy!, "ProgramArray");
  });

  it("gives the kernel's words about BTF", () => {
    const error = assertThrows(() => loadBtf(new Uint8Array(24)), EbpfError, "Invalid magic");
    assertEquals(error.code, ErrorCode.VerifierRejected);
  });

  it("leaves nothing open when it fails", () => {
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) rejection(badLoad, exit);
    assertEquals(openDescriptors(), before);
  });
});

describe("test runs", needsKernel(), () => {
  it("give the action and the packet", () => {
    const packet = Uint8Array.from({ length: 100 }, (_, index) => index);
    for (const action of [0, 1, 2, 3, 4]) {
      using program = loadXdp("constant", action);
      const result = testRun(program, { packet });
      assertEquals([result.action, result.packet], [action, packet]);
    }
  });

  it("repeat", () => {
    using program = loadXdp("pass", 2);
    const { duration } = testRun(program, { packet: new Uint8Array(64), repeat: 1_000_000 });
    assert(duration > 0, `${duration} ns`);
  });

  it("give a packet that the program has changed", () => {
    using program = load(
      "longer",
      instruction(0xb7, 2, 0, 200), // r2 = 200
      instruction(0x85, 0, 0, 65), // call bpf_xdp_adjust_tail
      instruction(0xb7, 0, 0, 2), // r0 = XDP_PASS
      exit,
    );
    const result = testRun(program, { packet: new Uint8Array(64).fill(5) });
    assertEquals([result.action, result.packet.length, result.packet[63]], [2, 264, 5]);
  });

  it("refuse packets and contexts that cannot be", () => {
    using program = loadXdp("pass", 2);
    const short = assertThrows(() => testRun(program, { packet: new Uint8Array(13) }), EbpfError, "13 bytes");
    assertEquals(short.code, ErrorCode.InvalidArgument);
    const odd = { packet: new Uint8Array(64), context: new Uint8Array(24).fill(0xff) };
    assertEquals(assertThrows(() => testRun(program, odd), EbpfError).code, ErrorCode.InvalidArgument);
  });

  it("run other programs too", () => {
    using program = loadSocketFilter();
    assertEquals(testRun(program, { packet: new Uint8Array(14) }).action, 0);
  });
});
