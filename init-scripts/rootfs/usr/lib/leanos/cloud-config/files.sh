# shellcheck shell=dash
# shellcheck disable=SC2154 # parts is set by leanos-userdata
# write_files and mounts of #cloud-config. Needs cloud-config.sh.

do_write_files() { write_all now; }

# write_all WHEN: the files that are to be written now, or those that are deferred
write_all() {
	for file in $(items write_files); do
		when=now
		! is_true "write_files/$file/defer" || when=deferred
		[ "$when" != "$1" ] || write_one "write_files/$file"
	done
}

# write_one PATH: one file of write_files
write_one() {
	target=$(word "$1/path")
	case $target in
	*/../* | */.. | [!/]* | '' | */)
		complain "write_files: not a path for a file: $target"
		return 0
		;;
	esac
	mode=$(word "$1/permissions")
	case $mode in
	'' | [0-7][0-7][0-7] | [0-7][0-7][0-7][0-7]) ;;
	0o[0-7][0-7][0-7] | 0o[0-7][0-7][0-7][0-7]) mode=${mode#0o} ;;
	*)
		complain "write_files: $target: permissions are octal, such as 0644; taken instead of $mode"
		mode=0644
		;;
	esac
	encoding=$(word "$1/encoding")
	[ "$(word "$1/content!")" != binary ] || encoding=b64
	(
		umask 077
		value "$1/content" >"$parts/raw"
		decode_content "$encoding"
	) || {
		complain "write_files: $target: the content is not $encoding"
		return 0
	}
	mkdir -p "$ROOT${target%/*}"
	if is_true "$1/append" && [ -e "$ROOT$target" ]; then
		cat "$parts/content" >>"$ROOT$target"
	else
		mode=${mode:-0644}
		cp "$parts/content" "$ROOT$target.leanos-new"
		mv "$ROOT$target.leanos-new" "$ROOT$target"
	fi
	rm -f "$parts/content"* "$parts/raw"*
	! has "$1/owner" || chown -- "$(word "$1/owner")" "$ROOT$target" 2>/dev/null || complain "write_files: $target: there is no $(word "$1/owner")"
	[ -z "$mode" ] || chmod "$mode" "$ROOT$target" # after the owner, whose change takes setuid away
}

# decode_content ENCODING: $parts/raw to $parts/content
decode_content() {
	case $1 in
	gz | gzip) unpack "$parts/raw" "$parts/content" ;;
	gz+b64 | gz+base64 | gzip+b64 | gzip+base64) decode_base64 raw raw.gz && unpack "$parts/raw.gz" "$parts/content" ;;
	b64 | base64) decode_base64 raw content ;;
	'' | text/plain) mv "$parts/raw" "$parts/content" ;;
	*) false ;;
	esac
}

# decode_base64 FROM TO: BusyBox passes over what is no base64, this does not
decode_base64() {
	tr -d ' \n\r\t' <"$parts/$1" >"$parts/$1.joined"
	! grep -q '[^A-Za-z0-9+/=]' "$parts/$1.joined" && base64 -d "$parts/$1.joined" >"$parts/$2" 2>/dev/null
}

# do_mounts: rows of fstab(5)
do_mounts() {
	for mount in $(items mounts); do
		path=mounts/$mount
		device=$(word "$path/0")
		folder=$(word "$path/1")
		case $device in
		ephemeral0) device=LABEL=ephemeral0 ;;
		/* | LABEL=* | UUID=* | PARTLABEL=* | *:/*) ;;
		*) device=/dev/$device ;;
		esac
		line="$device $folder $(word "$path/2" auto) $(word "$path/3" defaults,nofail) 0 0"
		case $folder:$line in
		'':* | *[![:print:]]* | *' '*' '*' '*' '*' '*' '*)
			complain "mounts: not words for fstab: $device $folder"
			continue
			;;
		[!/]*) [ "$folder" = none ] || [ "$folder" = swap ] || {
			complain "mounts: not a folder: $folder"
			continue
		} ;;
		esac
		grep -qxF "$line" "$ROOT/etc/fstab" 2>/dev/null || echo "$line" >>"$ROOT/etc/fstab"
		mount_one "$device" "$folder" "$(word "$path/2" auto)" "$(word "$path/3" defaults)"
	done
}

# mount_one DEVICE FOLDER TYPE OPTIONS
mount_one() {
	if [ "$3" = swap ]; then
		swapon "$1" 2>/dev/null || complain "mounts: cannot use $1 as swap"
		return 0
	fi
	mkdir -p "$ROOT$2"
	! grep -qs " $2 " "$ROOT/proc/mounts" || return 0 # mount_fstab was first
	mount -t "$3" -o "$4" "$1" "$ROOT$2" 2>/dev/null || complain "mounts: cannot mount $1 on $2"
}
