# Decodes quoted-printable (RFC 2045, 6.7).

{
	sub(/[ \t\r]+$/, "")
	soft = sub(/=$/, "")
	while (match($0, /=[0-9A-Fa-f][0-9A-Fa-f]/)) {
		code = index("0123456789ABCDEF", toupper(substr($0, RSTART + 1, 1))) * 16 + index("0123456789ABCDEF", toupper(substr($0, RSTART + 2, 1))) - 17
		printf "%s%c", substr($0, 1, RSTART - 1), code
		$0 = substr($0, RSTART + 3)
	}
	printf "%s%s", $0, soft ? "" : "\n"
}
