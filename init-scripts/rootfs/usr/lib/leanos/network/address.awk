# Addresses of both families. Bits are text of 0 and 1: 32 of them, or 128.

BEGIN {
	for (n = 0; n < 16; n++) NIBBLE[substr("0123456789abcdef", n + 1, 1)] = int(n / 8) % 2 "" int(n / 4) % 2 "" int(n / 2) % 2 "" n % 2
}

# bits: those of an address; nothing when it is none
function bits(address,  gap, head, tail) {
	sub(/%[A-Za-z0-9_.-]+$/, "", address)
	if (address !~ /:/) return quad(address)
	if (!(gap = index(address, "::"))) {
		head = groups(address)
		return length(head) == 128 ? head : ""
	}
	head = groups(substr(address, 1, gap - 1))
	tail = groups(substr(address, gap + 2))
	if (head == "-" || tail == "-" || length(head tail) > 112) return ""
	while (length(head tail) < 128) head = head "0"
	return head tail
}

function quad(text,  part, n, k, out) {
	if (split(text, part, ".") != 4) return ""
	for (n = 1; n <= 4; n++) {
		if (part[n] !~ /^[0-9]+$/ || part[n] + 0 > 255) return ""
		for (k = 128; k >= 1; k /= 2) out = out int(part[n] / k) % 2
	}
	return out
}

# groups: bits of a part of an IPv6 address; "-" when it is none
function groups(text,  part, n, k, total, out) {
	if (text == "") return ""
	total = split(tolower(text), part, ":")
	for (n = 1; n <= total; n++) {
		if (n == total && part[n] ~ /[.]/ && quad(part[n]) != "") {
			out = out quad(part[n])
			continue
		}
		if (part[n] !~ /^[0-9a-f]+$/ || length(part[n]) > 4) return "-"
		part[n] = substr("000" part[n], length(part[n]))
		for (k = 1; k <= 4; k++) out = out NIBBLE[substr(part[n], k, 1)]
	}
	return out
}

# prefix: the bits of a mask: as a number already, dotted, or as IPv6 writes it; nothing when it is none
function prefix(mask, most,  text) {
	if (mask ~ /^[0-9]+$/) return mask + 0 <= most ? mask + 0 : ""
	text = bits(mask)
	if (length(text) != most || text !~ /^1*0*$/) return ""
	sub(/0*$/, "", text)
	return length(text)
}

# cidr: an address with its prefix; the mask may be a prefix, dotted, or IPv6's own. Without any it is ALONE (4 or 6). Nothing
# when it is none
function cidr(address, mask, alone4, alone6,  part, text) {
	if (split(address, part, "/") > 1) mask = part[2]
	text = bits(part[1])
	if (mask == "") mask = length(text) == 32 ? alone4 : alone6
	mask = prefix(mask, length(text))
	return text == "" || mask == "" ? "" : part[1] "/" mask
}

# network: that of an address with its prefix, as the kernel wants it for a route: without bits of a host
function network(text,  part, all, n, k, out, value) {
	split(text, part, "/")
	all = bits(part[1])
	if (substr(all, part[2] + 1) !~ /1/) return text
	all = substr(all, 1, part[2])
	while (length(all) < (part[1] ~ /:/ ? 128 : 32)) all = all "0"
	for (n = 1; n <= length(all); n += part[1] ~ /:/ ? 16 : 8) {
		value = 0
		for (k = n; k < n + (part[1] ~ /:/ ? 16 : 8); k++) value = value * 2 + substr(all, k, 1)
		out = out (n == 1 ? "" : part[1] ~ /:/ ? ":" : ".") (part[1] ~ /:/ ? sprintf("%x", value) : value)
	}
	return out "/" part[2]
}

# inside: whether an address is in the network of another
function inside(address, text,  part, a, b) {
	split(text, part, "/")
	a = bits(address)
	b = bits(part[1])
	return length(a) == length(b) && substr(a, 1, part[2]) == substr(b, 1, part[2])
}

function family(address) {
	return address ~ /:/ ? 6 : 4
}
