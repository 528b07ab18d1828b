/**
 * Which of the language's words become which of the kernel's helpers: programs that use them, by what they are about.
 *
 * @module
 */

import {
  array,
  ArrayMap,
  type ArrayView,
  BloomFilter,
  DevMap,
  FibLookup,
  globalVar,
  HashMap,
  type Infer,
  localVar,
  type Packet,
  PerfEventArray,
  ProgramArray,
  Queue,
  RingBuffer,
  struct,
  u32,
  u64,
  u8,
  UserRingBuffer,
  XDP,
} from "../../../mod.ts";
import { Cookies4, Cookies6, Lookup, Lookup6 } from "./lookups.ts";

class Time extends XDP {
  @globalVar(u64)
  accessor last = 0n;

  program() {
    const { bpf } = this;
    this.last = bpf.ktimeGetNs() ^ bpf.ktimeGetBootNs() ^ bpf.ktimeGetCoarseNs() ^ bpf.ktimeGetTaiNs() ^
      bpf.jiffies64();
  }
}

class Machine extends XDP {
  @globalVar(u32)
  accessor last = 0;

  program() {
    const { bpf } = this;
    this.last = bpf.getPrandomU32() ^ bpf.getSmpProcessorId() ^ bpf.getNumaNodeId();
    console.log("last", this.last);
  }
}

class Whole extends XDP {
  @localVar(array(u8, 32))
  accessor bytes!: ArrayView<number>;

  program(packet: Packet) {
    const { bpf } = this;
    const sum = bpf.csumDiff(undefined, packet.bytes(0, 16));
    if (bpf.xdpLoadBytes(0, this.bytes) !== 0 || bpf.xdpStoreBytes(sum, this.bytes) !== 0) return XDP.DROP;
    if (bpf.xdpGetBuffLen() < 100) return XDP.DROP;
    packet.adjustHead(4);
    packet.adjustMeta(-4);
    packet.adjustTail(-4);
  }
}

class Leave extends XDP {
  @localVar(FibLookup)
  accessor route!: Infer<typeof FibLookup>;
  ports = new DevMap({ maxEntries: 4 });
  next = new ProgramArray<XDP>({ maxEntries: 4 });

  program(packet: Packet) {
    this.next.tailCall(1);
    if (this.bpf.fibLookup(this.route) === 0) return this.bpf.redirect(this.route.ifindex);
    if (this.bpf.checkMtu(0, 4).result !== 0) return XDP.DROP;
    return this.ports.redirect(packet.getUint8(0), XDP.PASS);
  }
}

class Maps extends XDP {
  flows = new HashMap(u32, u64, { maxEntries: 16 });
  guarded = new ArrayMap(struct({ tokens: u64 }), { maxEntries: 4, spinLock: true });
  lines = new Queue(u32, { maxEntries: 16 });
  known = new BloomFilter(u32, { maxEntries: 16 });

  program() {
    this.flows.set(1, 2n);
    this.flows.delete(this.flows.has(3) ? 3 : 4);
    this.flows.forEach((value, key) => {
      if (key === 5) console.log(value);
    });
    this.lines.push(this.lines.peek() ?? 0);
    this.lines.pop();
    this.guarded.locked(0, (bucket) => {
      bucket.tokens += 1n;
    });
  }
}

class Events extends XDP {
  events = new RingBuffer(u32, { size: 4096 });
  records = new RingBuffer(array(u8, 8), { size: 4096 });
  samples = new PerfEventArray(u32);
  orders = new UserRingBuffer(u32, { size: 4096 });

  program() {
    this.events.output(1);
    this.samples.output(2);
    const record = this.records.reserve();
    if (record && record[0] === 0) this.records.submit(record);
    else if (record) this.records.discard(record);
    return this.orders.take() === 1 ? XDP.DROP : XDP.PASS;
  }
}

class Long extends XDP {
  @globalVar(u32)
  accessor sum = 0;

  program(packet: Packet) {
    for (let i = 0; i < 100_000; i++) {
      if (i * 7 % 11 === packet.getUint8(0)) this.sum += i;
    }
  }
}

/** Programs, and what the helpers are called that they become. */
export const covered: readonly (readonly [create: new () => XDP, helpers: readonly string[]])[] = [
  [Time, ["ktime_get_ns", "ktime_get_boot_ns", "ktime_get_coarse_ns", "ktime_get_tai_ns", "jiffies64"]],
  [Machine, ["get_prandom_u32", "get_smp_processor_id", "get_numa_node_id", "trace_printk"]],
  [Whole, ["csum_diff", "xdp_load_bytes", "xdp_store_bytes", "xdp_get_buff_len"]],
  [Whole, ["xdp_adjust_head", "xdp_adjust_meta", "xdp_adjust_tail"]],
  [Leave, ["fib_lookup", "redirect", "check_mtu", "redirect_map", "tail_call"]],
  [Maps, ["map_lookup_elem", "map_update_elem", "map_delete_elem", "for_each_map_elem"]],
  [Maps, ["map_push_elem", "map_pop_elem", "map_peek_elem", "spin_lock", "spin_unlock"]],
  [Events, ["ringbuf_output", "ringbuf_reserve", "ringbuf_submit", "ringbuf_discard", "perf_event_output"]],
  [Events, ["user_ringbuf_drain", "dynptr_read"]],
  [Long, ["loop"]],
  [Lookup, ["sk_lookup_tcp", "sk_lookup_udp", "sk_release"]],
  [Lookup6, ["skc_lookup_tcp"]],
  [Cookies4, [
    "tcp_gen_syncookie",
    "tcp_check_syncookie",
    "tcp_raw_gen_syncookie_ipv4",
    "tcp_raw_check_syncookie_ipv4",
  ]],
  [Cookies6, ["tcp_raw_gen_syncookie_ipv6", "tcp_raw_check_syncookie_ipv6"]],
];

/** What the kernel lets XDP programs call besides, on one kernel or another: docs/packets.md says why there is no such method. */
export const leftOut: readonly string[] = [
  // The process that the packet interrupts.
  "get_current_pid_tgid",
  "get_ns_current_pid_tgid",
  "get_current_uid_gid",
  "get_current_comm",
  "get_current_task",
  "get_current_task_btf",
  "get_current_cgroup_id",
  "get_current_ancestor_cgroup_id",
  "get_cgroup_classid",
  "current_task_under_cgroup",
  "send_signal",
  "send_signal_thread",
  "task_storage_get",
  "task_storage_delete",
  "cgrp_storage_get",
  "cgrp_storage_delete",
  "get_task_stack",
  "task_pt_regs",
  "find_vma",
  // The kernel's memory.
  "probe_read_user",
  "probe_read_user_str",
  "probe_read_kernel",
  "probe_read_kernel_str",
  "skc_to_tcp_sock",
  "skc_to_tcp6_sock",
  "skc_to_tcp_timewait_sock",
  "skc_to_tcp_request_sock",
  "skc_to_udp6_sock",
  "skc_to_unix_sock",
  "skc_to_mptcp_sock",
  "per_cpu_ptr",
  "this_cpu_ptr",
  "kptr_xchg",
  "snprintf_btf",
  // The profiler's counters.
  "perf_event_read",
  "perf_event_read_value",
  "get_branch_snapshot",
  // Texts.
  "strncmp",
  "strtol",
  "strtoul",
  "snprintf",
  "trace_vprintk",
  // Records of unknown length.
  "ringbuf_reserve_dynptr",
  "ringbuf_submit_dynptr",
  "ringbuf_discard_dynptr",
  "dynptr_from_mem",
  "dynptr_write",
  "dynptr_data",
  // What user space knows better.
  "ringbuf_query",
  "map_lookup_percpu_elem",
  // Code without a packet.
  "timer_init",
  "timer_set_callback",
  "timer_start",
  "timer_cancel",
];
