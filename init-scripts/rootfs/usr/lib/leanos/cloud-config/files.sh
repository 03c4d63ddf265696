# shellcheck shell=dash
# shellcheck disable=SC2154 # parts is set by leanos-userdata
# write_files and mounts of #cloud-config. Needs cloud-config.sh.

do_write_files() { write_all now; }

# do_deferred: files that are fetched, and those that come when everything else is there
do_deferred() {
	write_all fetched
	write_all deferred
}

# write_all WHEN: the files that are to be written now, those that are fetched, or those that are deferred
write_all() { each_item write_files write_when "$1"; }

# write_when WHEN PATH: one file, where this is its time
write_when() {
	when=now
	! has "$2/source" || when=fetched
	! is_true "$2/defer" || when=deferred
	[ "$when" != "$1" ] || write_one "$2"
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
	[ "$(value "$1/content!")" != misshapen ] || return 0
	read_mode "$1/permissions"
	fetch_content "$1/source/uri" || (
		umask 077
		value "$1/content" >"$parts/raw"
		[ "$(value "$1/content!")" != binary ] || { decode_base64 raw raw.bytes && mv "$parts/raw.bytes" "$parts/raw"; }
		decode_content "$(word "$1/encoding" | tr '[:upper:]' '[:lower:]')"
	) || {
		complain "write_files: $target: the content is not $(word "$1/encoding" base64)"
		rm -f "$parts/content"* "$parts/raw"*
		return 0
	}
	[ -e "$parts/content" ] || return 0
	append=''
	if is_true "$1/append"; then append=append; else mode=${mode:-0644}; fi
	wanted=$(word "$1/owner")
	owner=root
	put_file "$target" "$mode" "$wanted" "$append" <"$parts/content" ||
		if [ -n "$wanted" ] && put_file "$target" "$mode" '' "$append" <"$parts/content"; then
			complain "write_files: $target: there is no $wanted"
		else
			complain "write_files: $target cannot be written"
		fi
	case $owner:$wanted in root:* | *: | "$owner:$owner" | "$owner:$owner:"*) ;; *) complain "write_files: $target is in a folder of $owner, and is $owner's" ;; esac
	rm -f "$parts/content"* "$parts/raw"*
}

# read_mode PATH: sets mode to octal permissions; a number of YAML is decimal, unless it begins with 0
read_mode() {
	mode=$(word "$1")
	case $mode in 0[oO]*) mode=${mode#??} ;; esac
	case $(value "$1!"):$mode in
	int:0[xX]* | int:[1-9]*)
		mode=$(printf %o "$mode")
		[ ${#mode} -le 3 ] || complain "write_files: $target: permissions are $(word "$1"), which is octal $mode; an octal number begins with 0, or is quoted"
		;;
	esac
	case $mode in
	*[!0-7]* | ??????*)
		complain "write_files: $target: permissions are octal, such as 0644; taken instead of $mode"
		mode=0644
		;;
	esac
}

# fetch_content PATH: to $parts/content what the address there gives; 1 where there is content to take instead. Without any,
# nothing is written.
fetch_content() {
	url=$(word "$1") && [ -n "$url" ] || return 1
	wait_for_network write_files
	tries=0
	until http_get "$url" "$parts/content"; do
		rm -f "$parts/content"
		tries=$((tries + 1))
		if [ "$status" = 4 ] || [ "$tries" -ge 4 ]; then
			complain "write_files: $target: no answer from $(shown_url "$url")"
			! has "${1%/source/uri}/content"
			return
		fi
		sleep 3
	done
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
		device=$(device_of "$(word "$path/0")")
		folder=$(mount_field 1)
		type=$(mount_field 2 auto)
		options=$(mount_field 3 defaults,nofail | sed 's/x-[^,]*,*//g; s/,$//')
		! is_remote || options=${options:+$options,}_netdev
		line="$device $folder $type ${options:-defaults} $(mount_field 4 0) $(mount_field 5 0)"
		case $folder:$line in
		'':*)
			[ "$device" != LABEL=ephemeral0 ] || : >"$ROOT/run/leanos/no-ephemeral" # without a folder, it is not mounted
			continue
			;;
		*[![:print:]]* | *' '*' '*' '*' '*' '*' '*)
			complain "mounts: not words for fstab: $device $folder"
			continue
			;;
		[!/]*) [ "$folder" = none ] || [ "$folder" = swap ] || {
			complain "mounts: not a folder: $folder"
			continue
		} ;;
		esac
		grep -qxF "$line" "$ROOT/etc/fstab" 2>/dev/null || echo "$line" >>"$ROOT/etc/fstab"
		is_remote || mount_one "$device" "$folder" "$type" "${options:-defaults}"
	done
}

# mount_field NUMBER [OTHERWISE]: of the row at $path; of mount_default_fields where the row has none
mount_field() { word "$path/$1" "$(word "mount_default_fields/$1" "${2:-}")"; }

# device_of NAME: the names that disks have in the kernel are short for their devices; all else is as it is: tags of virtiofs
# and 9p, HOST:/PATH, //HOST/SHARE, LABEL=, UUID=, tmpfs, …
device_of() {
	case $1 in
	ephemeral | ephemeral0) echo LABEL=ephemeral0 ;;
	*:* | */*) echo "$1" ;;
	*)
		if echo "$1" | grep -Eqx 'x?[shv]d[a-z][0-9]*|sr[0-9]+|nvme[0-9]+n[0-9]+(p[0-9]+)?|mmcblk[0-9]+(p[0-9]+)?|(md|dm-|loop)[0-9]+'; then
			echo "/dev/$1"
		else
			echo "$1"
		fi
		;;
	esac
}

# is_remote: whether $device, of $type, with $options, is on another machine
is_remote() {
	case $type in nfs | nfs4 | cifs | smb3 | ceph | glusterfs | fuse.sshfs) return 0 ;; esac
	case $device:,$options, in //* | *:/*:,* | *,_netdev,*) ;; *) return 1 ;; esac
}

# mount_one DEVICE FOLDER TYPE OPTIONS
mount_one() {
	case ,$4, in *,noauto,*) return 0 ;; esac
	if [ "$3" = swap ]; then
		swapon "$1" 2>/dev/null || complain "mounts: cannot use $1 as swap"
		return 0
	fi
	mkdir -p "$ROOT$2"
	! grep -qs " $2 " "$ROOT/proc/mounts" || return 0 # mount_fstab was first
	! have_modules || case $3 in
	9p) modprobe -a -q 9p 9pnet_virtio 2>/dev/null ;;
	auto | none) ;;
	*) modprobe -q "$3" 2>/dev/null ;;
	esac
	mount -t "$3" -o "$4" "$1" "$ROOT$2" 2>/dev/null || complain "mounts: cannot mount $1 on $2"
}

# mount_remote: at every boot, what is on other machines
mount_remote() {
	grep -qs '^[^#]*[ ,]_netdev[ ,]' "$ROOT/etc/fstab" || return 0
	wait_for_network mounts
	while read -r device folder type options _; do
		case $device,$options, in '#'*) ;; *,_netdev,*) mount_one "$device" "$folder" "$type" "$options" ;; esac
	done <"$ROOT/etc/fstab"
}
