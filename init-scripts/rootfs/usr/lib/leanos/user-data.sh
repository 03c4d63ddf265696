# shellcheck shell=dash
# User-data: what its parts are (cloud-init's formats), and their order. Needs http.sh and seed.sh for #include. Everything is
# found below $ROOT.

MOST_DEPTH=8
MOST_PARTS=64

# open_parts FOLDER: sets parts to it, which is new; what is collected there shares the room of the datasource
open_parts() {
	parts=$1 part_count=0 folder_count=0 collect_ended=''
	rm -rf "$parts"
	mkdir -m 0700 "$parts"
	# shellcheck disable=SC2034 # for room; spent is not known yet: as more than there ever is it has to be measured
	DIR=$parts DATASOURCE=user-data shared=$ROOT/run/leanos/datasource spent=67108864
}

# kind_of FILE: sets kind to what the file says it is, as kind.awk has it, and first to the line that says it
kind_of() {
	kind=other first=''
	{
		read -r kind
		read -r first
	} <<EOF
$(head -c 4096 "$1" | tr -d '\000' | awk -f "$ROOT/usr/lib/leanos/kind.awk")
EOF
}

# kind_by_type TYPE: sets kind by what a MIME part says of itself; by its text where that says little
kind_by_type() {
	case $1 in
	text/x-shellscript | text/x-shellscript-per-instance)
		kind_of "$2"
		case $kind in config | boothook | include) ;; *) kind=script ;; esac
		;;
	text/cloud-config) kind=config ;;
	text/cloud-config-archive) kind=archive ;;
	text/cloud-boothook) kind=boothook ;;
	text/x-include-url | text/x-include-once-url) kind=include ;;
	multipart/* | message/rfc822) kind=mime ;;
	text/plain | application/octet-stream | application/gzip | application/x-gzip | application/x-gunzip | application/gunzip | application/x-compressed)
		kind_of "$2"
		;;
	*) kind=other ;;
	esac
}

# collect FILE DEPTH [TYPE [MERGING]]: adds what is in a file to the parts, $parts/NUMBER.KIND, in their order
collect() {
	[ -s "$1" ] || return 0
	if [ "$2" -gt "$MOST_DEPTH" ] || [ "$part_count" -ge "$MOST_PARTS" ] || [ "$folder_count" -ge "$MOST_PARTS" ]; then
		[ -n "$collect_ended" ] || tell "warning: user-data: too many parts, or too deep; the rest is not read"
		collect_ended=1
		return 0
	fi
	room "$MOST_BYTES" user-data || return 0
	if [ -n "${3:-}" ]; then kind_by_type "$3" "$1"; else kind_of "$1"; fi
	case $kind in
	script | config | boothook)
		part_count=$((part_count + 1))
		part=$parts/$(printf %03d "$part_count")
		cp "$1" "$part.$kind"
		[ -z "${4:-}" ] || echo "$4" >"$part.merge"
		;;
	gzip) collect_gzip "$1" "$2" ;;
	base64) collect_base64 "$1" "$2" ;;
	mime) collect_mime "$1" "$2" ;;
	archive) collect_archive "$1" "$2" ;;
	include) collect_include "$1" "$2" ;;
	*)
		! is_for_payload || return 0
		case $first in '#'*) ;; *) first='it does not begin with #' ;; esac # what is no header may be a secret
		tell "info: user-data: not understood and passed over: ${3:-$first}"
		;;
	esac
}

# is_for_payload: whether it is what a payload is told, and there is one: its arguments, or rumprun's configuration
is_for_payload() {
	case $first in '#payload-args' | '{'*) [ -d "$ROOT/usr/lib/leanos/payload" ] ;; *) return 1 ;; esac
}

# part_folder: sets folder to a new one
part_folder() {
	folder_count=$((folder_count + 1))
	folder=$parts/folder-$folder_count
	mkdir "$folder"
}

# unpack FILE PLAIN: of gzip; 1 where it is damaged, cut off, or too large when unpacked
unpack() {
	# BusyBox's zcat ends with 0 whatever was wrong; it complains all the same.
	zcat <"$1" 2>"$2.error" | head -c $((MOST_BYTES + 1)) >"$2"
	[ ! -s "$2.error" ] && [ "$(stat -c %s "$2")" -le "$MOST_BYTES" ]
}

collect_gzip() {
	part_folder
	if unpack "$1" "$folder/plain"; then
		collect "$folder/plain" $(($2 + 1))
	else
		tell "warning: user-data: damaged or too large when unpacked (gzip)"
	fi
}

# collect_base64: what is encoded once more than its cloud asks for, as EC2's clients do
collect_base64() {
	part_folder
	if is_base64 "$1" && from_base64 <"$1" >"$folder/plain"; then
		collect "$folder/plain" $(($2 + 1))
	else
		tell 'info: user-data: not understood and passed over: it does not begin with #'
	fi
}

# is_base64 FILE: whether it has no other signs
is_base64() {
	! tr -d ' \r\n\t' <"$1" | grep -q '[^A-Za-z0-9+/=]'
}

# from_base64: stdin to stdout; what is no sign of base64 is passed over, and the "=" at the end may be missing
from_base64() {
	tr -cd 'A-Za-z0-9+/' | awk 'BEGIN { RS = "\001" } { printf "%s%s", $0, substr("===", 1, (4 - length($0) % 4) % 4) }' | base64 -d 2>/dev/null
}

collect_mime() {
	part_folder
	awk -v dir="$folder" -f "$ROOT/usr/lib/leanos/mime.awk" "$1" || tell "warning: user-data: a MIME message without parts"
	collect_parts "$folder" "$2"
}

# collect_archive: a YAML list of parts
collect_archive() {
	part_folder
	flatten -v dir="$folder" -f "$ROOT/usr/lib/leanos/archive.awk" "$1" 2>"$folder/complaints" ||
		tell "warning: user-data: nothing of an archive is done"
	while read -r complaint; do tell "warning: user-data: archive: $complaint"; done <"$folder/complaints"
	collect_parts "$folder" "$2"
}

# collect_parts FOLDER DEPTH: what a message or an archive was taken apart to
collect_parts() {
	for head in "$1"/*.head; do
		[ -f "$head" ] || continue
		read -r type encoding merge <"$head"
		decode "${head%.head}" "$encoding" || continue
		collect "${head%.head}.plain" $(($2 + 1)) "$type" "$merge"
	done
	rm -rf "$1"
}

# decode NAME ENCODING: NAME.part to NAME.plain
decode() {
	case $2 in
	base64) from_base64 <"$1.part" >"$1.plain" ;;
	quoted-printable) awk -f "$ROOT/usr/lib/leanos/quoted-printable.awk" "$1.part" >"$1.plain" ;;
	7bit | 8bit | binary) mv "$1.part" "$1.plain" ;;
	*) false ;;
	esac || {
		tell "warning: user-data: a MIME part cannot be decoded ($2)"
		return 1
	}
	rm -f "$1.part"
}

# collect_include: a list of addresses, one a line and 16 at most, each of which is user-data again
collect_include() {
	wait_for_network '#include'
	part_folder
	awk '{ sub(/\r$/, "") }
		tolower($0) ~ /^[ \t]*#include/ { sub(/^[ \t]*#[A-Za-z]+(-[A-Za-z]+)?/, "") }
		{ sub(/^[ \t]+/, "") }
		/^[^#]/ && count < 16 { print ++count, $0 }' "$1" >"$folder/list"
	set -- "$folder" "$2"
	while read -r number address; do
		case $address in
		http://* | https://*) ;;
		*)
			tell 'warning: user-data: #include: a line is no http address'
			continue
			;;
		esac
		room "$MOST_BYTES" '#include' || break
		if http_get "$address" "$1/$number"; then
			collect "$1/$number" $(($2 + 1))
		else
			tell "warning: user-data: no answer from $(shown_url "$address")"
		fi
	done <"$1/list"
}
