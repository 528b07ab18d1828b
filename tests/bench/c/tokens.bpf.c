#include "common.h"
struct { __u64 last, tokens, dropped; __u32 rate, burst; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data;
	__u64 now = bpf_ktime_get_ns() >> 10;
	__u64 passed = now - globals.last, tokens = globals.tokens;
	globals.last = now;
	if (passed > 1000000)
		passed = 1000000;
	tokens += passed * globals.rate / 1000;
	if (tokens > globals.burst)
		tokens = globals.burst;
	if (tokens < len) {
		globals.tokens = tokens;
		ADD(globals.dropped, 1);
		return XDP_DROP;
	}
	globals.tokens = tokens - len;
	return XDP_PASS;
}
