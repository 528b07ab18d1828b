#include "common.h"
struct { __u64 untagged, tagged, stacked, watched, arp; __u16 vlan; } globals;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = DATA(ctx), *end = END(ctx);
	struct eth *e = data;
	if ((void *)(e + 1) > end)
		return XDP_PASS;
	__u16 type = e->type;
	__be16 *tag = (void *)(e + 1);
	int tags = 0;
#pragma unroll
	for (int i = 0; i < 2; i++) {
		if (type != ETH_VLAN && type != ETH_QINQ)
			break;
		if ((void *)(tag + 2) > end)
			return XDP_DROP;
		if ((bpf_ntohs(tag[0]) & 0xfff) == globals.vlan)
			ADD(globals.watched, 1);
		type = tag[1];
		tag += 2;
		tags++;
	}
	if (tags == 0)
		ADD(globals.untagged, 1);
	else if (tags == 1)
		ADD(globals.tagged, 1);
	else
		ADD(globals.stacked, 1);
	if (type == ETH_ARP)
		ADD(globals.arp, 1);
	return XDP_PASS;
}
