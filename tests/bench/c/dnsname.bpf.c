#include "common.h"
struct { __u64 queries; __u32 hash, labels; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	struct ip4 *ip = (void *)(e + 1);
	struct udp *u = (void *)(ip + 1);
	__u8 *p = (void *)(u + 1);
	if ((void *)(p + 12) > end || e->type != ETH_IP4 || ip->vihl != 0x45 || ip->proto != 17 || u->dport != bpf_htons(53))
		return XDP_PASS;
	p += 12;
	__u32 hash = 2166136261u, labels = 0, left = 0;
	for (int i = 0; i < 64; i++) {
		if ((void *)(p + 1) > end)
			return XDP_DROP;
		__u32 c = *p++;
		if (left == 0) {
			if (c == 0)
				break;
			if (c > 63)
				return XDP_DROP;
			left = c;
			labels++;
		} else {
			left--;
			hash = (hash ^ c) * 16777619;
		}
	}
	ADD(globals.queries, 1);
	globals.hash = hash;
	globals.labels = labels;
	return XDP_PASS;
}
