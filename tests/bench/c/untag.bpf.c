#include "common.h"
struct { __u64 popped; __u16 id; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct eth *e = DATA(ctx);
	__be16 *tag = (void *)(e + 1);
	if ((void *)(tag + 2) > END(ctx) || e->type != ETH_VLAN)
		return XDP_PASS;
	if ((bpf_ntohs(tag[0]) & 0xfff) != globals.id)
		return XDP_DROP;
	__u32 a = *(__u32 *)e->dst, b = *(__u32 *)(e->dst + 4), c = *(__u32 *)(e->src + 2);
	if (bpf_xdp_adjust_head(ctx, 4))
		return XDP_ABORTED;
	e = DATA(ctx);
	if ((void *)(e + 1) > END(ctx))
		return XDP_ABORTED;
	*(__u32 *)e->dst = a;
	*(__u32 *)(e->dst + 4) = b;
	*(__u32 *)(e->src + 2) = c;
	ADD(globals.popped, 1);
	return XDP_PASS;
}
