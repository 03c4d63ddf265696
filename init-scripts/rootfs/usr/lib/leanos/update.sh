# shellcheck shell=dash
# shellcheck disable=SC2154,SC2034 # shared with the libraries it needs and with leanos-update
# The steps of an update: ask, believe, fetch, write. Whatever is not as it must be ends it with a reason, and the running
# system stays as it is. Needs update-state.sh, slots.sh and flat.sh. Everything is found below $ROOT.

MOST_POINTER=65536 MOST_MANIFEST=1048576 MOST_FILE=536870912 # bytes
SLOWEST=${SLOWEST:-20000} PATIENCE=${PATIENCE:-60}           # bytes a second over a whole file, and seconds more
EPOCH_DAY=15887                                              # 2013-07-01 in days since 1970: src/core/version.ts
WORK=$ROOT/run/leanos/update

command -v read_trust >/dev/null || . "$ROOT/usr/lib/leanos/trust.sh"
command -v stall_after >/dev/null || . "$ROOT/usr/lib/leanos/wget.sh"

# refuse TEXT: says why nothing is done
refuse() {
	as_told "leanos-update: $*" # it may be of a server's
	echo "$text" >&2
	return 1
}

# download URL FILE MOST: goes on where an earlier one ended. Never more than MOST bytes, never slower than SLOWEST.
download() {
	seconds=$((PATIENCE + $3 / SLOWEST))
	stall_after 20
	# shellcheck disable=SC2086 # words
	(
		ulimit -f $(($3 / 512 + 1))
		case $1 in
		http://*) exec timeout "$seconds" wget -q -c $stall -O "$2" "$1" ;;
		https://*) exec timeout "$seconds" curl -fsSL -C - --max-filesize "$3" -o "$2" "$1" ;;
		esac
		exit 1
	) 2>"$WORK/complaint" && [ "$(stat -c %s "$2" 2>/dev/null || echo 0)" -le "$3" ]
}

# fetch_pointer: what the channel gives, signed by a key that is believed, into $WORK/pointer
fetch_pointer() {
	rm -rf "$WORK"
	mkdir -m 0700 "$WORK"
	url=$(recall url) channel=$(recall channel stable)
	[ -n "$url" ] || {
		refuse 'there is no update address (leanos-update channel NAME URL sets one)'
		return
	}
	read_trust
	spread_keys
	heard=''
	for key in "$UPDATE"/keys/*.pub; do
		[ -f "$key" ] || continue
		number=${key##*/}
		signed=$url/$channel/$image-$arch.${number%.pub}.signed
		rm -f "$WORK/signed"
		download "$signed" "$WORK/signed" "$MOST_POINTER" || continue
		heard=1
		signify-openbsd -V -q -e -p "$key" -x "$WORK/signed" -m "$WORK/pointer" 2>/dev/null && return 0
	done
	rm -f "$WORK/pointer"
	if [ -z "$trusted" ]; then
		refuse 'this machine believes no key, so no update can be believed'
	elif [ -n "$heard" ]; then
		refuse "what $url gives is not signed by a key that this machine believes"
	else
		refuse "no answer from $url for channel $channel: $(head -n 1 "$WORK/complaint" 2>/dev/null)"
	fi
}

# read_json FILE: makes it the document that word and items read
read_json() {
	flat=$1.flat
	flatten -f "$ROOT/usr/lib/leanos/print.awk" "$1" >"$flat" 2>/dev/null ||
		refuse "${1##*/} cannot be read"
}

# believe_pointer: what is signed may still be old, for somebody else, or from a future that is not there yet
believe_pointer() {
	read_json "$WORK/pointer" || return
	offered=$(word version) published=$(word published) expires=$(word expires) rollout=$(word rollout)
	pointer_digest=$(digest_of "$WORK/pointer")
	[ "$(word type)" = leanos-channel ] || refuse 'this is no channel pointer' || return
	[ "$(word channel)" = "$channel" ] || refuse "it is for channel $(word channel), not $channel" || return
	[ "$(word image)-$(word arch)" = "$image-$arch" ] || refuse "it is for $(word image)-$(word arch), not $image-$arch" || return
	is_version "$offered" || refuse 'it names no version of a release' || return
	judge_time || return
	[ "${offered%%.*}" -le $((day - EPOCH_DAY + 2)) ] || refuse "version $offered is from the future" || return
	judge_order && take_pointer
}

# wanted: whether what is offered is for this machine now; sets reason where it is not
wanted() {
	reason="$version is the newest"
	is_newer "$offered" "$version" || return 1
	reason="$offered did not come up here, and is not tried again"
	! grep -qsxF "$offered" "$UPDATE/refused" || return 1
	reason="$offered waits in the other slot for a restart"
	[ "$(version_of_trial)" != "$offered" ] || return 1
	reason="$offered is not for this machine yet: $rollout % have it"
	in_rollout "$rollout" || return 1
}

# in_rollout PERCENT: the same for this machine and version for ever: src/release/rollout.ts
in_rollout() {
	machine=$(recall machine)
	case $machine in '' | *[!A-Za-z0-9-]* | ?????????????????????????????????????????????????????????????????*)
		[ ! -e "$UPDATE/machine" ] || tell "warning: update: this machine's place in rollouts is damaged, and made anew"
		rm -rf "$UPDATE/machine"
		machine=$(head -c 16 "$ROOT/dev/urandom" | hexdump -v -e '1/1 "%02x"')
		remember machine "$machine"
		;;
	esac
	place=$(($(printf '%s %s\n' "$machine" "$offered" | sha256sum | cut -c1-8 | sed 's/^/0x/') % 10000))
	awk -v place="$place" -v percent="$1" 'BEGIN { exit !(place < int(percent * 100 + 0.5)) }'
}

# fetch_manifest: the list of the release, whose digest the pointer has signed
fetch_manifest() {
	path=$(word manifest/path) bytes=$(word manifest/bytes) digest=$(word manifest/sha256)
	is_path "$path" || refuse "not a path: $path" || return
	is_number "$bytes" "$MOST_MANIFEST" || refuse 'the manifest is too large' || return
	rm -f "$WORK/manifest"
	download "$url/$path" "$WORK/manifest" "$bytes" && has_digest "$WORK/manifest" "$digest" ||
		refuse "the manifest of $offered is not there, or not the one that was signed" || return
	base=$url/${path%/*}
	read_json "$WORK/manifest" || return
	[ "$(word version) $(word image) $(word arch)" = "$offered $image $arch" ] ||
		refuse "the manifest is for $(word image)-$(word arch) $(word version)" || return
	root_hash=$(word verity/rootHash) blocks=$(word verity/dataBlocks) command_line=$(word commandLine/disk)
	is_digest "$root_hash" && is_number "$blocks" "$MOST_FILE" || refuse 'the manifest does not say what checks /usr' || return
	hypervisor_line=$(word commandLine/hypervisor)
	case $hypervisor_line in *[!A-Za-z0-9=,._:/\ -]*) refuse 'the manifest has another line for Xen than is known' || return ;; esac
	case $command_line in '' | *[!A-Za-z0-9=,._:/\ -]*) refuse 'the manifest has no kernel command line' || return ;; esac
}

is_number() { case $1 in '' | *[!0-9]* | 0?* | ??????????*) return 1 ;; *) [ "$1" -le "$2" ] ;; esac }
is_path() { case $1 in '' | /* | *..* | *[!A-Za-z0-9._/-]*) return 1 ;; esac }
is_digest() { case $1 in *[!0-9a-f]*) return 1 ;; *) [ ${#1} = 64 ] ;; esac }
digest_of() { sha256sum <"$1" | cut -c1-64; }
has_digest() { [ "$(digest_of "$1")" = "$2" ]; }

# find_artifact KIND: sets index to its place in the manifest, or to nothing
find_artifact() {
	index=$(awk -F '\t' -v kind="$1" '$2 == kind && $1 ~ /^artifacts\/[0-9]+\/kind$/ { split($1, name, "/"); print name[2]; exit }' "$flat")
}

has_artifact() {
	find_artifact "$1"
	[ -n "$index" ]
}

# artifact KIND: sets path, bytes and digest of a file of the manifest
artifact() {
	find_artifact "$1"
	path=$(word "artifacts/$index/path") bytes=$(word "artifacts/$index/bytes") digest=$(word "artifacts/$index/sha256")
	[ -n "$index" ] && is_path "$path" && is_number "$bytes" "$MOST_FILE" && is_digest "$digest" && return 0
	refuse "the manifest has no $1"
}

# name_boot_files: sets boot_files to what a slot's folder on the ESP has, KIND:NAME: of a release with two kernels the compressed
# one, and Xen where it starts the kernel
name_boot_files() {
	boot_files=slot-initramfs:initramfs
	if has_artifact slot-kernel; then boot_files="slot-kernel:kernel $boot_files"; else boot_files="kernel:kernel $boot_files"; fi
	! has_artifact hypervisor || boot_files="$boot_files hypervisor:hypervisor"
}

# fetch_artifacts: the files of a slot into $UPDATE/download, by their digests. What is there already stays.
fetch_artifacts() {
	folder=$UPDATE/download
	[ -d "$folder" ] || {
		[ ! -e "$folder" ] || tell 'warning: update: what was fetched is damaged, and fetched anew'
		rm -rf "$folder"
		mkdir "$folder"
	}
	needed=0 keep=''
	name_boot_files
	for pair in $boot_files usr; do
		artifact "${pair%:*}" || return
		needed=$((needed + bytes)) keep="$keep $digest "
	done
	for file in "$folder"/*; do
		case $keep in *" ${file##*/} "*) [ -f "$file" ] && needed=$((needed - $(stat -c %s "$file"))) && continue ;; esac
		rm -rf "$file"
	done
	free=$(df -k "$folder" | awk 'END { print $(NF - 2) }')
	[ $((free * 1024)) -gt $((needed + 1048576)) ] ||
		refuse "STATE has $free KiB free, and $((needed / 1024 + 1024)) are needed" || return
	for pair in $boot_files usr; do
		artifact "${pair%:*}" || return
		fetch_artifact "$folder/$digest" || refuse "$path did not arrive whole; the next try goes on from here" || return
	done
}

fetch_artifact() {
	[ "$(stat -c %s "$1" 2>/dev/null)" != "$bytes" ] || ! has_digest "$1" "$digest" || return 0
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -lt "$bytes" ] || rm -f "$1"
	echo "leanos-update: $path, $((bytes / 1024)) KiB" >&2
	download "$base/$path" "$1" "$bytes" || [ "$(stat -c %s "$1" 2>/dev/null)" = "$bytes" ] || return 1
	has_digest "$1" "$digest" || {
		[ "$(stat -c %s "$1")" -lt "$bytes" ] || rm -f "$1"
		return 1
	}
}

# write_slot: into the other slot, which nobody tries to boot while it is written
write_slot() {
	open_esp || refuse 'the ESP cannot be mounted' || return
	write_other_slot
	status=$?
	close_esp
	return "$status"
}

write_other_slot() {
	read_state || write_state "$slot" "$MOST_TRIES" 0
	give_tries "$other" 0 "$slot" || refuse 'the state of the slots cannot be written' || return
	sync
	artifact usr || return
	device=$(partition "USR-$other") || refuse "there is no USR-$other" || return
	dd if="$UPDATE/download/$digest" of="$ROOT$device" bs=64k conv=notrunc,fsync 2>/dev/null || refuse "USR-$other cannot be written" || return
	target=$ESP/$other
	rm -rf "$target"
	mkdir "$target" || return
	name_boot_files
	for pair in $boot_files; do
		artifact "${pair%:*}" && cp "$UPDATE/download/$digest" "$target/${pair#*:}" || refuse 'the ESP is full' || return
	done
	words=$(echo "$command_line" | sed "s/leanos\.slot=[AB]/leanos.slot=$other/; s/PARTLABEL=USR-[AB]/PARTLABEL=USR-$other/")
	echo "set command_line=\"$words leanos.verity=$root_hash:$blocks\"" >"$target/slot.cfg"
	[ -z "$hypervisor_line" ] || echo "set hypervisor_line=\"$hypervisor_line\"" >>"$target/slot.cfg"
	(cd "$target" && for pair in $boot_files slot.cfg; do sha256sum "${pair#*:}"; done >sha256) || return
	sync
	echo 3 >"$ROOT/proc/sys/vm/drop_caches" # what is read now is what the disk has
	is_written
}

# is_written: reads back what was written
is_written() {
	artifact usr && [ "$(head -c "$bytes" "$ROOT$device" | sha256sum | cut -c1-64)" = "$digest" ] || refuse "USR-$other does not hold what was written" || return
	for pair in $boot_files; do
		artifact "${pair%:*}" && has_digest "$ESP/$other/${pair#*:}" "$digest" || refuse "the ESP does not hold what was written" || return
	done
}

# start_trial: from the next boot on the other slot is tried. First it is noted, then the bootloader is told. Whoever judges this boot later
# than that does not take it for the trial.
start_trial() {
	: >"$ROOT/run/leanos/trial-to-come"
	rm -f "$UPDATE/failed" "$UPDATE/had-network"
	# Room for what may have to be said when STATE is full: why is written over in place, reserve makes way for the rest.
	printf '%-200s\n' 'it did not get as far as its health check' >"$UPDATE/why"
	! ip -o addr show scope global | grep -q . || : >"$UPDATE/had-network"
	dd if=/dev/zero of="$UPDATE/reserve" bs=4096 count=4 2>/dev/null
	remember trial "$other $1"
	sync
	open_esp || return
	read_state && give_tries "$other" "$MOST_TRIES" "$other"
	status=$?
	close_esp
	return "$status"
}
