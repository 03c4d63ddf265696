# shellcheck shell=dash
# shellcheck disable=SC2154 # parts is set by leanos-userdata
# User-data: what its parts are (cloud-init's formats), and their order. Needs http.sh and seed.sh for #include. Everything is
# found below $ROOT.

MOST_DEPTH=4
MOST_PARTS=64

# kind_of FILE: sets kind to what the file says it is: script, config, boothook, include, mime, gzip, or other
kind_of() {
	first=$(head -c 64 "$1" | tr -d '\000' | head -n 1 | tr -d '\r')
	case $first in
	'#!'*) kind=script ;;
	'#cloud-config') kind=config ;;
	'#cloud-config '*) kind=config ;;
	'#cloud-boothook'*) kind=boothook ;;
	'#include'*) kind=include ;;
	[Cc]ontent-[Tt]ype:* | [Mm][Ii][Mm][Ee]-[Vv]ersion:* | 'From '*) kind=mime ;;
	*)
		kind=other
		[ "$(head -c 2 "$1" | hexdump -v -e '1/1 "%02x"')" != 1f8b ] || kind=gzip
		;;
	esac
}

# kind_by_type TYPE: sets kind by what a MIME part says of itself; by its text where that says little
kind_by_type() {
	case $1 in
	text/x-shellscript) kind=script ;;
	text/cloud-config) kind=config ;;
	text/cloud-boothook) kind=boothook ;;
	text/x-include-url | text/x-include-once-url) kind=include ;;
	multipart/*) kind=mime ;;
	text/plain | application/octet-stream | application/gzip | application/x-gzip) kind_of "$2" ;;
	*) kind=other ;;
	esac
}

# collect FILE DEPTH [TYPE]: adds what is in a file to the parts, $parts/NUMBER.KIND, in their order
collect() {
	[ -s "$1" ] || return 0
	if [ "$2" -gt "$MOST_DEPTH" ] || [ "$part_count" -ge "$MOST_PARTS" ]; then
		tell "warning: user-data: too many parts, or too deep; the rest is not read"
		return 0
	fi
	if [ -n "${3:-}" ]; then kind_by_type "$3" "$1"; else kind_of "$1"; fi
	case $kind in
	script | config | boothook)
		part_count=$((part_count + 1))
		cp "$1" "$parts/$(printf %03d "$part_count").$kind"
		;;
	gzip) collect_gzip "$1" "$2" ;;
	mime) collect_mime "$1" "$2" ;;
	include) collect_include "$1" "$2" ;;
	*)
		case $first in '#'*) ;; *) first='it does not begin with #' ;; esac # what is no header may be a secret
		tell "info: user-data: not understood and passed over: ${3:-$first}"
		;;
	esac
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

collect_mime() {
	part_folder
	awk -v dir="$folder" -f "$ROOT/usr/lib/leanos/mime.awk" "$1" || tell "warning: user-data: a MIME message without parts"
	from=$folder
	for head in "$from"/*.head; do
		[ -f "$head" ] || continue
		read -r type encoding <"$head"
		decode "${head%.head}" "$encoding" || continue
		collect "${head%.head}.plain" $(($2 + 1)) "$type"
	done
}

# decode NAME ENCODING: NAME.part to NAME.plain
decode() {
	case $2 in
	base64) base64 -d "$1.part" >"$1.plain" 2>/dev/null ;;
	quoted-printable) awk -f "$ROOT/usr/lib/leanos/quoted-printable.awk" "$1.part" >"$1.plain" ;;
	7bit | 8bit | binary) mv "$1.part" "$1.plain" ;;
	*) false ;;
	esac || {
		tell "warning: user-data: a MIME part cannot be decoded ($2)"
		return 1
	}
}

# collect_include: a list of addresses, each of which is user-data again
collect_include() {
	wait_for_network '#include'
	part_folder
	list=$folder/list
	grep -E '^https?://' "$1" | tr -d '\r' >"$list"
	count=0
	while read -r address; do
		count=$((count + 1))
		[ "$count" -le 16 ] || break
		if http_get "$address" "${list%/list}/$count"; then
			collect "${list%/list}/$count" $(($2 + 1))
		else
			tell "warning: user-data: no answer from $(shown_url "$address")"
		fi
	done <"$list"
}
