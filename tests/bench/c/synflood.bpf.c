#include "common.h"
struct { __u64 syns, illegal, low; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	struct ip4 *ip = (void *)(e + 1);
	if ((void *)(ip + 1) > end || e->type != ETH_IP4 || ip->proto != 6)
		return XDP_PASS;
	__u32 hl = (ip->vihl & 15) * 4;
	struct tcp *t = (void *)ip + hl;
	if ((void *)(t + 1) > end)
		return XDP_PASS;
	__u32 f = t->flags;
	if ((f & 0x3f) == 0 || (f & 0x29) == 0x29 || (f & 3) == 3 || (f & 6) == 6) {
		ADD(globals.illegal, 1);
		return XDP_DROP;
	}
	if ((f & 0x12) == 2) {
		ADD(globals.syns, 1);
		if (bpf_ntohs(t->sport) < 1024) {
			ADD(globals.low, 1);
			return XDP_DROP;
		}
	}
	return XDP_PASS;
}
