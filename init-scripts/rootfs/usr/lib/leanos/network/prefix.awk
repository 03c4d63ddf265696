# The bits of a mask: as a number already, dotted, or as IPv6 writes it.

function prefix(mask,  part, n, bits, count_of) {
	if (mask !~ /[.:]/) return mask
	if (mask ~ /:/) {
		mask = tolower(mask)
		while (match(mask, /[0-9a-f]/)) {
			bits += substr(mask, RSTART, 1) == "f" ? 4 : substr(mask, RSTART, 1) == "e" ? 3 : substr(mask, RSTART, 1) == "c" ? 2 : substr(mask, RSTART, 1) == "8"
			mask = substr(mask, RSTART + 1)
		}
		return bits + 0
	}
	n = split(mask, part, ".")
	for (; n > 0; n--) for (count_of = part[n] + 0; count_of > 0; count_of = int(count_of / 2)) bits += count_of % 2
	return bits + 0
}
