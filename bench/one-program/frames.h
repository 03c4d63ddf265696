/* As much of ARP (RFC 826), IPv4 (RFC 791) and TCP (RFC 9293) as one small page for each connection takes. A frame that is received is
 * turned into its answer where it lies. Nothing is kept of a connection, and nothing is sent twice: a client that loses a packet asks
 * again. */
#include <stddef.h>
#include <stdint.h>
#include "page.h"

#define ETHERNET 14
#define IPV4 20
#define TCP 20
#define PORT 80
enum { FIN = 1, SYN = 2, PUSH = 8, ACK = 16 };

static void put(uint8_t *to, const void *from, size_t size)
{
	for (const uint8_t *byte = from; size-- > 0;)
		*to++ = *byte++;
}

static uint32_t number(const uint8_t *at, int bytes)
{
	uint32_t value = 0;
	while (bytes-- > 0)
		value = value << 8 | *at++;
	return value;
}

static void set(uint8_t *at, uint32_t value, int bytes)
{
	while (bytes-- > 0) {
		at[bytes] = value;
		value >>= 8;
	}
}

static void swap(uint8_t *one, uint8_t *other, size_t size)
{
	while (size-- > 0) {
		uint8_t byte = *one;
		*one++ = *other;
		*other++ = byte;
	}
}

/* The sum of RFC 1071; what is left over of a byte is a high one. */
static uint16_t checksum(const uint8_t *at, size_t size, uint32_t sum)
{
	for (; size > 1; size -= 2, at += 2)
		sum += number(at, 2);
	if (size == 1)
		sum += *at << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static size_t answer_arp(uint8_t *frame, size_t size, const uint8_t *mac, const uint8_t *ip)
{
	uint8_t *arp = frame + ETHERNET;
	if (size < ETHERNET + 28 || number(arp + 6, 2) != 1 || number(arp + 24, 4) != number(ip, 4))
		return 0;
	arp[7] = 2; /* a reply */
	put(arp + 18, arp + 8, 10);
	put(arp + 8, mac, 6);
	put(arp + 14, ip, 4);
	put(frame, arp + 18, 6);
	put(frame + 6, mac, 6);
	return ETHERNET + 28;
}

static size_t answer_tcp(uint8_t *frame, size_t size, const uint8_t *ip)
{
	uint8_t *packet = frame + ETHERNET, *tcp = packet + IPV4;
	if (size < ETHERNET + IPV4 + TCP || packet[0] != 0x45 || packet[9] != 6 || number(packet + 16, 4) != number(ip, 4) ||
	    number(tcp + 2, 2) != PORT)
		return 0;
	int flags = tcp[13], page = 0;
	uint32_t heard = number(packet + 2, 2) - IPV4 - (tcp[12] >> 4) * 4, next = number(tcp + 4, 4) + heard;
	if (flags & (SYN | FIN))
		next += 1;
	else if (heard == 0)
		return 0;
	uint32_t own = flags & SYN ? 0x1ea05 : number(tcp + 8, 4);
	flags = flags & SYN ? SYN | ACK : flags & FIN ? ACK : (page = sizeof PAGE - 1, ACK | PUSH | FIN);
	swap(frame, frame + 6, 6);
	swap(packet + 12, packet + 16, 4);
	swap(tcp, tcp + 2, 2);
	set(packet + 2, IPV4 + TCP + page, 2);
	set(packet + 10, 0, 2);
	set(packet + 10, checksum(packet, IPV4, 0), 2);
	set(tcp + 4, own, 4);
	set(tcp + 8, next, 4);
	set(tcp + 12, TCP / 4 << 12 | flags, 2);
	set(tcp + 14, 8192, 2);
	set(tcp + 16, 0, 4);
	put(tcp + TCP, PAGE, page);
	/* The pseudo header: both addresses, the protocol and the length. */
	uint32_t pseudo = 6 + TCP + page;
	for (int at = 12; at < 20; at += 2)
		pseudo += number(packet + at, 2);
	set(tcp + 16, checksum(tcp, TCP + page, pseudo), 2);
	return ETHERNET + IPV4 + TCP + page;
}

/* Makes a frame its answer, and gives the answer's size; 0 where there is none. */
static size_t answer_frame(uint8_t *frame, size_t size, const uint8_t *mac, const uint8_t *ip)
{
	switch (size < ETHERNET ? 0 : number(frame + 12, 2)) {
	case 0x0806:
		return answer_arp(frame, size, mac, ip);
	case 0x0800:
		return answer_tcp(frame, size, ip);
	default:
		return 0;
	}
}
