/** Sends numbered records into the ring buffer with an id, again where there is no room: `sending.ts MAP_ID COUNT`. */
import process from "node:process";
import { asm, call, exit, jump, label, memory, r0, r1, r2, r3, r6 } from "../../../src/bytecode/asm.ts";
import { mapById } from "../../../src/kernel/mod.ts";
import { Runnable, Shared } from "../../support/rings.ts";

const [id, count] = process.argv.slice(2).map(Number);
using ring = mapById(id)!;
using next = new Shared(8);
const end = label("end");
using send = new Runnable(asm(
  r1.map(ring.fd),
  r2.mov(32),
  r3.mov(0),
  call("ringbuf_reserve"),
  jump(end, r0.eq(0)),
  r6.mapValue(next.map.fd),
  r1.load(memory.u64(r6)),
  // The last word last: who reads too early sees an old one.
  memory.u32(r0).store(r1),
  memory.u32(r0, 28).store(r1),
  r2.mov(1),
  memory.u64(r6).add(r2),
  r1.mov(r0),
  r2.mov(0),
  call("ringbuf_submit"),
  end,
  r0.mov(0),
  exit(),
));
while (next.view.getUint32(0, true) < count) send.run(Math.min(1000, count - next.view.getUint32(0, true)));
