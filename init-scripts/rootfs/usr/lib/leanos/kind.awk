# What user-data says it is, from its first few thousand bytes: script, config, archive, boothook, include, mime, gzip, base64, or other;
# then the line that says it. White space before it counts for nothing, nor do capitals; a message may begin with any header.

NR == 1 && /^\037\213/ {
	kind = "gzip"
	exit
}

NR == 1 { sub(/^\357\273\277/, "") }

{
	sub(/^[ \t\r\f\v]+/, "")
	low = tolower(substr($0, 1, 64))
}

$0 == "" {
	if (head == "") next
	exit
}

low ~ /^(mime-version|content-type):/ {
	kind = "mime"
	exit
}

head != "" { next }

{ head = substr($0, 1, 64) }

low ~ /^#!/ { kind = "script" }

low ~ /^#cloud-config/ { kind = low ~ /^#cloud-config-archive/ ? "archive" : low ~ /^#cloud-config-/ ? "other" : "config" }

low ~ /^#cloud-boothook/ { kind = "boothook" }

low ~ /^#include/ { kind = "include" }

/^[A-Za-z0-9+\/]+=*\r?$/ && length($0) > 7 { kind = "base64" }

kind != "" || low !~ /^([^ \t:#]+:|from )/ { exit }

END {
	print kind == "" ? "other" : kind
	print head
}
