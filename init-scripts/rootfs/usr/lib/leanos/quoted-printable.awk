# Decodes quoted-printable (RFC 2045, 6.7).

{
	# White space at the end of a line is none of the text; a line of the standard is short.
	if (length($0) < 1000) sub(/[ \t\r]+$/, "")
	soft = sub(/=$/, "")
	count = split($0, piece, "=")
	printf "%s", piece[1]
	for (n = 2; n <= count; n++) {
		if (piece[n] ~ /^[0-9A-Fa-f][0-9A-Fa-f]/) printf "%c%s", digit(1) * 16 + digit(2), substr(piece[n], 3)
		else printf "=%s", piece[n]
	}
	if (!soft) print ""
}

function digit(place) {
	return index("0123456789ABCDEF", toupper(substr(piece[n], place, 1))) - 1
}
