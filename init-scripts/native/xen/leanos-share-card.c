/*
 * leanos-share-card CARD DOMAIN PORT: a domain has this machine's card, with its hardware address and its IP address, and so
 * has this system, for itself: all that comes to the card goes on to the domain, but what is for TCP port PORT (0: none) and
 * for ports 704 to 767, from which this system calls others (net.ipv4.ip_local_port_range). ARP and DHCP's answers go to both.
 * All that the domain sends leaves through the card. CARD and DOMAIN are interfaces by their numbers.
 *
 * They are filters of the kernel, as tc(8) makes them: an ingress queue, u32 matches, the action mirred. Messages are those of
 * rtnetlink(7), linux/pkt_sched.h, linux/pkt_cls.h and linux/tc_act/tc_mirred.h. Exit status 1: wrong usage; 2: there is no
 * netlink; N + 10: the kernel refuses with errno N.
 */
#include "../start.h"

enum { AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_ROUTE = 0 };
enum { RTM_NEWQDISC = 36, RTM_DELQDISC = 37, RTM_NEWTFILTER = 44, NLMSG_ERROR = 2 };
enum { REQUEST = 1, ACK = 4, EXCL = 0x200, CREATE = 0x400 };
enum { TCA_KIND = 1, TCA_OPTIONS = 2 };
enum { TCA_U32_CLASSID = 1, TCA_U32_SEL = 5, TCA_U32_ACT = 7 };
enum { TCA_ACT_KIND = 1, TCA_ACT_OPTIONS = 2, TCA_MIRRED_PARMS = 2 };
enum { EGRESS_REDIRECT = 1, EGRESS_MIRROR = 2, ACT_PIPE = 3, ACT_STOLEN = 4 };
enum { ETH_ALL = 0x0003, ETH_IP = 0x0800, ETH_ARP = 0x0806, TCP = 6, UDP = 17 };
enum { OWN_PORTS = 704, OWN_PORTS_MASK = 0xffc0, ONE_PORT = 0xffff, DHCP_CLIENT = 68 };
static const u32 INGRESS = 0xffff0000, INGRESS_PARENT = 0xfffffff1;

typedef unsigned short u16;

static struct {
	u32 length;
	u16 type, flags;
	u32 sequence, port;
	/* struct tcmsg */
	u32 family;
	u32 card, handle, parent, info;
	unsigned char attributes[512];
} message;
static u32 used;
static struct {
	u32 length;
	u16 type, flags;
	u32 sequence, port;
	int error;
	unsigned char rest[1024];
} answer;
static long kernel;

/* big-endian, as in a packet */
static u32 net32(u32 value)
{
	union {
		unsigned char bytes[4];
		u32 word;
	} as = {{value >> 24, value >> 16, value >> 8, value}};
	return as.word;
}

static u16 net16(u16 value)
{
	union {
		unsigned char bytes[2];
		u16 word;
	} as = {{value >> 8, value}};
	return as.word;
}

static void put(const void *data, u32 bytes)
{
	u32 at;
	for (at = 0; at < bytes; at++)
		message.attributes[used++] = ((const unsigned char *)data)[at];
	while (used % 4)
		message.attributes[used++] = 0;
}

/* open_attribute TYPE: its place, for close_attribute, when what it holds is there */
static u32 open_attribute(u16 type)
{
	u16 head[2] = {0, type};
	put(head, sizeof(head));
	return used - sizeof(head);
}

static void close_attribute(u32 place)
{
	*(u16 *)(message.attributes + place) = used - place;
}

static void attribute(u16 type, const void *data, u32 bytes)
{
	u32 place = open_attribute(type);
	u16 length = sizeof(u16) * 2 + bytes;
	put(data, bytes);
	*(u16 *)(message.attributes + place) = length;
}

static void start(u16 type, u32 card, u32 parent)
{
	used = 0;
	message.type = type;
	message.flags = REQUEST | ACK | (type == RTM_DELQDISC ? 0 : CREATE | EXCL);
	message.card = card;
	message.handle = type == RTM_NEWTFILTER ? 0 : INGRESS;
	message.parent = parent;
	message.info = 0;
}

/* ask: what the kernel answers: 0, or less the number of an error */
static int ask(void)
{
	long got;
	message.length = sizeof(message) - sizeof(message.attributes) + used;
	message.sequence++;
	if (call(SYS_write, kernel, (long)&message, message.length) != message.length)
		leave(2);
	do {
		got = call(SYS_read, kernel, (long)&answer, sizeof(answer));
		if (got < 20)
			leave(2);
	} while (answer.type != NLMSG_ERROR || answer.sequence != message.sequence);
	return answer.error;
}

static void must_do(void)
{
	int error = ask();
	if (error)
		leave(10 - error);
}

/* A match of a packet's IP header: a word at an offset under a mask, all as the packet has them. */
struct key {
	u32 mask, value;
	int offset, mask_of_offset;
};
/* struct tc_u32_sel */
struct match {
	unsigned char flags, shift, keys, hole;
	u16 mask_of_offset, offset;
	short at_offset, at_hash;
	u32 mask_of_hash;
	struct key key[4];
};

/* to_port PROTOCOL PORT MASK: what comes to a port in a packet that is whole, or the first part of one, and has a plain IP header */
static struct match to_port(u32 protocol, u32 port, u32 mask)
{
	struct match match = {.flags = 1, .keys = 4};
	match.key[0] = (struct key){net32(0xff000000), net32(0x45000000), 0, 0};
	match.key[1] = (struct key){net32(0x00001fff), 0, 4, 0};
	match.key[2] = (struct key){net32(0x00ff0000), net32(protocol << 16), 8, 0};
	match.key[3] = (struct key){net32(mask), net32(port), 20, 0};
	return match;
}

static struct match everything(void)
{
	return (struct match){.flags = 1, .keys = 1};
}

/* filter CARD ORDER PROTOCOL MATCH OTHER ACTION: what a card takes in and the match fits goes out through another, or, with no
 * other, on to this system */
static void filter(u32 card, u32 order, u16 protocol, struct match match, u32 other, int action)
{
	/* struct tc_mirred: what all actions have, then the kind and the card */
	struct {
		u32 index, capabilities;
		int result, references, bindings, kind;
		u32 card;
	} mirred = {.result = action == EGRESS_MIRROR ? ACT_PIPE : ACT_STOLEN, .kind = action, .card = other};
	u32 self = 1, options, actions, first, parameters;
	start(RTM_NEWTFILTER, card, INGRESS);
	message.info = order << 16 | net16(protocol);
	attribute(TCA_KIND, "u32", sizeof("u32"));
	options = open_attribute(TCA_OPTIONS);
	if (!other)
		attribute(TCA_U32_CLASSID, &self, sizeof(self));
	attribute(TCA_U32_SEL, &match, sizeof(match) - (4 - match.keys) * sizeof(struct key));
	if (other) {
		actions = open_attribute(TCA_U32_ACT);
		first = open_attribute(1);
		attribute(TCA_ACT_KIND, "mirred", sizeof("mirred"));
		parameters = open_attribute(TCA_ACT_OPTIONS);
		attribute(TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
		close_attribute(parameters);
		close_attribute(first);
		close_attribute(actions);
	}
	close_attribute(options);
	must_do();
}

/* queue CARD: a new one, for the one before has the filters of a domain that has ended */
static void queue(u32 card)
{
	start(RTM_DELQDISC, card, INGRESS_PARENT);
	ask();
	start(RTM_NEWQDISC, card, INGRESS_PARENT);
	attribute(TCA_KIND, "ingress", sizeof("ingress"));
	must_do();
}

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	u32 card, domain, port;
	if (stack[0] != 4)
		leave(1);
	card = number(words[1]);
	domain = number(words[2]);
	port = number(words[3]);
	kernel = call(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (kernel < 0 || !card || !domain || port > 65535)
		leave(kernel < 0 ? 2 : 1);
	queue(domain);
	filter(domain, 1, ETH_ALL, everything(), card, EGRESS_REDIRECT);
	queue(card);
	filter(card, 1, ETH_ARP, everything(), domain, EGRESS_MIRROR);
	filter(card, 2, ETH_IP, to_port(UDP, DHCP_CLIENT, ONE_PORT), domain, EGRESS_MIRROR);
	filter(card, 3, ETH_IP, to_port(TCP, OWN_PORTS, OWN_PORTS_MASK), 0, 0);
	filter(card, 4, ETH_IP, to_port(UDP, OWN_PORTS, OWN_PORTS_MASK), 0, 0);
	if (port)
		filter(card, 5, ETH_IP, to_port(TCP, port, ONE_PORT), 0, 0);
	filter(card, 9, ETH_ALL, everything(), domain, EGRESS_REDIRECT);
	leave(0);
}
