/**
 * What the kernel answers to every way of attaching, through our messages: the semantics that attach.ts builds on.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Descriptor, detachLink, Errno, programInfo, queryXdp, updateLink } from "../../src/kernel/mod.ts";
import { createXdpLink } from "../../src/kernel/links.ts";
import { EbpfError } from "../../src/errors.ts";
import { setXdp, XdpFlag } from "../../src/kernel/xdp.ts";
import { loadSocketFilter, loadXdp, needsKernel } from "../support/kernel.ts";
import { TestNetwork } from "../support/network.ts";

const { IfNoneExists, Generic, Driver, Hardware, Replace } = XdpFlag;
const taken = "XDP program already attached";
const oneMode = "Native and generic XDP can't be active at the same time";
const unexpected = "Active program does not match expected";
const linked = "Can't replace active BPF XDP link";

/** A program's letter; "none" is no program, "filter" is not an XDP program, "bad" is no descriptor. */
type Who = "A" | "B" | "C" | "none" | "filter" | "bad";

type Step =
  | readonly [
    kind: "set",
    who: Who,
    flags: number,
    expected: Who | undefined,
    errno: number,
    text: string,
    after: string,
  ]
  | readonly [kind: "link", who: Who, flags: number, errno: number, after: string]
  | readonly [kind: "update", who: Who, old: Who | undefined, errno: number, after: string]
  | readonly [kind: "detach" | "close", after: string];

const nobody = undefined;

const cases: readonly (readonly [what: string, steps: readonly Step[]])[] = [
  ["generic mode", [
    ["set", "A", Generic, nobody, 0, "", "skb:A"],
    ["set", "B", Generic, nobody, 0, "", "skb:B"],
    ["set", "B", Generic, nobody, 0, "", "skb:B"],
    ["set", "none", Generic, nobody, 0, "", "none"],
    ["set", "none", Generic, nobody, 0, "", "none"],
  ]],
  ["no mode: the driver's, if it has one", [
    ["set", "A", 0, nobody, 0, "", "drv:A"],
    ["set", "B", 0, nobody, 0, "", "drv:B"],
    ["set", "none", 0, nobody, 0, "", "none"],
  ]],
  ["only if none is there", [
    ["set", "A", IfNoneExists | Generic, nobody, 0, "", "skb:A"],
    ["set", "A", IfNoneExists | Generic, nobody, Errno.Busy, taken, "skb:A"],
    ["set", "B", IfNoneExists | Generic, nobody, Errno.Busy, taken, "skb:A"],
    ["set", "none", IfNoneExists | Generic, nobody, 0, "", "none"],
    ["set", "A", IfNoneExists | Driver, nobody, 0, "", "drv:A"],
    ["set", "B", IfNoneExists | Driver, nobody, Errno.Busy, taken, "drv:A"],
  ]],
  ["modes exclude each other", [
    ["set", "A", Generic, nobody, 0, "", "skb:A"],
    ["set", "B", Driver, nobody, Errno.Exists, oneMode, "skb:A"],
    ["set", "B", 0, nobody, Errno.Exists, oneMode, "skb:A"],
    ["set", "B", IfNoneExists | Driver, nobody, Errno.Exists, oneMode, "skb:A"],
    ["set", "none", Driver, nobody, 0, "", "skb:A"],
    ["set", "none", 0, nobody, 0, "", "skb:A"],
    ["set", "none", Generic, nobody, 0, "", "none"],
    ["set", "A", Driver, nobody, 0, "", "drv:A"],
    ["set", "B", Generic, nobody, Errno.Exists, oneMode, "drv:A"],
    ["set", "none", Generic, nobody, 0, "", "drv:A"],
  ]],
  ["only in place of the expected one", [
    ["set", "A", Generic | Replace, "A", Errno.Exists, unexpected, "none"],
    ["set", "A", Generic, nobody, 0, "", "skb:A"],
    ["set", "B", Generic | Replace, "C", Errno.Exists, unexpected, "skb:A"],
    ["set", "B", Generic | Replace, "A", 0, "", "skb:B"],
    ["set", "C", Generic | Replace, "none", Errno.Exists, unexpected, "skb:B"],
    ["set", "none", Generic | Replace, "A", Errno.Exists, unexpected, "skb:B"],
    ["set", "none", Generic | Replace, "B", 0, "", "none"],
    ["set", "A", Generic | Replace, "none", 0, "", "skb:A"],
    ["set", "none", Generic, nobody, 0, "", "none"],
    ["set", "A", Generic | Replace, nobody, Errno.InvalidArgument, "", "none"],
    ["set", "A", IfNoneExists | Generic | Replace, "none", 0, "", "skb:A"],
  ]],
  ["arguments that cannot be", [
    ["set", "filter", Generic, nobody, Errno.InvalidArgument, "", "none"],
    ["set", "A", Generic | Driver, nobody, Errno.InvalidArgument, "", "none"],
    ["set", "A", Hardware, nobody, Errno.InvalidArgument, "", "none"],
    ["set", "A", 0x20, nobody, Errno.InvalidArgument, "", "none"],
    ["set", "bad", Generic, nobody, Errno.BadDescriptor, "", "none"],
    ["link", "A", Generic | IfNoneExists, Errno.InvalidArgument, "none"],
    ["link", "A", Generic | Replace, Errno.InvalidArgument, "none"],
    ["link", "filter", Generic, Errno.InvalidArgument, "none"],
  ]],
  ["links", [
    ["link", "A", Generic, 0, "skb:A"],
    ["link", "B", Generic, Errno.Busy, "skb:A"],
    ["set", "B", Generic, nobody, Errno.Busy, linked, "skb:A"],
    ["set", "none", Generic, nobody, Errno.Busy, linked, "skb:A"],
    ["set", "B", Generic | Replace, "A", Errno.Busy, linked, "skb:A"],
    ["set", "B", Driver, nobody, Errno.Exists, oneMode, "skb:A"],
    ["update", "B", nobody, 0, "skb:B"],
    ["update", "C", "A", Errno.NotPermitted, "skb:B"],
    ["update", "C", "B", 0, "skb:C"],
    ["update", "filter", nobody, Errno.InvalidArgument, "skb:C"],
    ["detach", "none"],
    ["update", "A", nobody, Errno.NoLink, "none"],
    ["close", "none"],
  ]],
  ["links and netlink", [
    ["set", "A", Generic, nobody, 0, "", "skb:A"],
    ["link", "B", Generic, Errno.Busy, "skb:A"],
    ["set", "none", Generic, nobody, 0, "", "none"],
    ["link", "A", 0, 0, "drv:A"],
    ["close", "none"],
  ]],
];

describe("XDP in the kernel", needsKernel(), () => {
  let network: TestNetwork;
  let programs: Readonly<Record<"A" | "B" | "C" | "filter", Descriptor>>;
  let link: Descriptor | undefined;

  beforeAll(() => {
    network = new TestNetwork();
    programs = { A: loadXdp("A", 2), B: loadXdp("B", 2), C: loadXdp("C", 2), filter: loadSocketFilter() };
  });

  afterAll(() => {
    network[Symbol.dispose]();
    for (const program of Object.values(programs)) program.close();
  });

  const fd = (who: Who) => who === "none" ? -1 : who === "bad" ? 9999 : programs[who].fd;

  /** What is attached, as in the table above. */
  function state(): string {
    const [attached] = queryXdp(network.near.index);
    if (!attached) return "none";
    const who = Object.entries(programs).find(([, program]) => programInfo(program).id === attached.programId);
    return `${attached.mode}:${who?.[0]}`;
  }

  function updated(who: Who, old: Who | undefined): number {
    try {
      updateLink(link!, programs[who as "A"], old && programs[old as "A"]);
      return 0;
    } catch (error) {
      return error instanceof EbpfError ? error.errno! : NaN;
    }
  }

  /** Does a step; what came of it. */
  function take(step: Step): readonly unknown[] {
    const { index } = network.near;
    switch (step[0]) {
      case "set": {
        const [, who, flags, expected] = step;
        const answer = setXdp(index, { fd: fd(who), flags, expectedFd: expected && fd(expected) });
        return [...step.slice(0, 4), -answer.error, answer.text ?? "", state()];
      }
      case "link": {
        const result = createXdpLink({ fd: fd(step[1]) } as Descriptor, index, step[2]);
        if (result >= 0) link = new Descriptor(result, "link");
        return [...step.slice(0, 3), Math.max(0, -result), state()];
      }
      case "update":
        return [...step.slice(0, 3), updated(step[1], step[2]), state()];
      case "detach":
        detachLink(link!);
        return [step[0], state()];
      case "close":
        link!.close();
        return [step[0], state()];
    }
  }

  for (const [what, steps] of cases) {
    it(what, () =>
      network.near.run(() => {
        try {
          for (const step of steps) assertEquals<readonly unknown[]>(take(step).map((x) => x === 0 ? 0 : x), step);
        } finally {
          link?.close();
          for (const flags of [Generic, Driver]) setXdp(network.near.index, { fd: -1, flags });
        }
      }));
  }
});
