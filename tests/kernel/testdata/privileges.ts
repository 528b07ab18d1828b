// Tries what needs privileges, on the loopback interface without changing it, and prints what comes of it.
import { EbpfError } from "../../../src/errors.ts";
import {
  createMap,
  interfaceIndex,
  loadProgram,
  MapType,
  NetworkNamespace,
  PacketSocket,
  ProgramType,
  setMtu,
} from "../../../src/kernel/mod.ts";

function outcome(work: () => { close(): void } | void): string {
  try {
    work()?.close();
    return "works";
  } catch (error) {
    return error instanceof EbpfError ? `${error.code} ${error.message}` : String(error);
  }
}

const instructions = Uint8Array.of(0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
console.log(JSON.stringify({
  map: outcome(() => createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1 })),
  program: outcome(() => loadProgram({ type: ProgramType.Xdp, name: "pass", instructions })),
  namespace: outcome(() => NetworkNamespace.create()),
  packets: outcome(() => new PacketSocket(interfaceIndex("lo"))),
  // Setting what it is already; there is nothing to change, but the permission is asked for first.
  up: outcome(() => setMtu(interfaceIndex("lo"), 65536)),
}));
