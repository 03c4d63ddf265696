# shellcheck shell=dash
# shellcheck disable=SC2154 # registry, repository, hex, work and why are set by others
# An image of a registry: its layers over one another in $IMAGES/HEX/root, with its configuration and the signal that ends it beside
# them; whole or not at all. Needs containers.sh, registry.sh and flat.sh.

KEPT_FREE=16777216 # bytes of STATE, and files of it, that no image takes
KEPT_FREE_ITEMS=1024
MOST_LAYERS=127 # as Docker has it

# pull_image: the one that is parsed. Where the registry cannot be reached it is asked for ever, less and less often; 1 where it cannot
# be had, with why.
pull_image() {
	pause=5
	until try_pull; do
		[ "$result" = 1 ] || return 1
		echo "warning: $why: asked again in $pause s" >&2
		nap "$pause"
		pause=$((pause * 2))
		[ "$pause" -le 300 ] || pause=300
	done
}

# try_pull: 1 with result 1 where it may be had later
try_pull() {
	result=2
	new=$IMAGES/$hex.new
	(make_private "$IMAGES" "$new")
	open_registry
	find_manifest && list_blobs && get_config && get_layers && unpack_layers && finish_image && return 0
	result=$?
	return 1
}

# find_manifest: of this machine's architecture, from an index, or the one that is named
find_manifest() {
	manifest=$hex depth=0
	while :; do
		get_manifest "$manifest" "$new/manifest" || return
		flat_of "$new/manifest" >"$new/flat"
		grep -q '^manifests/' "$new/flat" || return 0
		depth=$((depth + 1))
		manifest=$(awk -F '\t' -v wanted="$OCI_ARCHITECTURE" '
			{ split($1, step, "/"); n = step[2] }
			$1 == "manifests/" n "/digest" { digest[n] = $2; order[++count] = n }
			$1 == "manifests/" n "/platform/architecture" { architecture[n] = $2 }
			$1 == "manifests/" n "/platform/os" { os[n] = $2 }
			END { for (at = 1; at <= count; at++) if (os[order[at]] == "linux" && architecture[order[at]] == wanted) { print digest[order[at]]; exit } }
		' "$new/flat")
		why="$registry/$repository@sha256:$hex has no image for linux/$OCI_ARCHITECTURE"
		is_digest "$manifest" && [ "$depth" -lt 3 ] || return 2
		manifest=${manifest#sha256:}
	done
}

is_digest() {
	case $1 in sha256:*[!0-9a-f]*) return 1 ;; sha256:*) [ "${#1}" = 71 ] ;; *) return 1 ;; esac
}

# list_blobs: HEX, BYTES and the kind of the configuration and of each layer, which have to have room
list_blobs() {
	awk -F '\t' '
		$1 ~ /^(config|layers\/[0-9]+)\/(mediaType|digest|size)$/ {
			what = $1
			sub(/\/[^\/]*$/, "", what)
			key = substr($1, length(what) + 2)
			if (!(what in seen)) order[++count] = what
			seen[what] = 1
			found[what, key] = $2
		}
		END { for (n = 1; n <= count; n++) print order[n], substr(found[order[n], "digest"], 8), found[order[n], "size"], found[order[n], "mediaType"] }
	' "$new/flat" >"$new/blobs"
	why="$registry/$repository@sha256:$hex has no manifest that is understood"
	sum=0 layers=0 configs=0
	while read -r what blob bytes kind; do
		is_digest "sha256:$blob" || return 2
		case $bytes in '' | *[!0-9]* | ????????????*) return 2 ;; esac
		sum=$((sum + bytes))
		case $what in config) configs=$((configs + 1)) ;; *) layers=$((layers + 1)) ;; esac
	done <"$new/blobs"
	[ "$configs" = 1 ] && [ "$layers" -gt 0 ] && [ "$layers" -le "$MOST_LAYERS" ] || return 2
	find_room
	why="$registry/$repository@sha256:$hex has $sum bytes to be fetched, and STATE has room for $room"
	[ "$sum" -le "$room" ] || return 2
}

# find_room: sets room and items to what STATE has free, beside what is kept free
find_room() {
	read -r blocks block items <<-EOT
		$(stat -f -c '%a %S %d' "$IMAGES")
	EOT
	room=$((blocks * block - KEPT_FREE)) items=$((items - KEPT_FREE_ITEMS))
	[ "$room" -gt 0 ] || room=0
	[ "$items" -gt 0 ] || items=0
}

get_config() {
	read -r _ blob bytes _ <<-EOT
		$(grep '^config ' "$new/blobs")
	EOT
	why="$registry/$repository@sha256:$hex has a configuration of more than $MOST_MANIFEST bytes"
	[ "$bytes" -le "$MOST_MANIFEST" ] || return 2
	get_blob "$blob" "$new/config" "$bytes" || return
	flat=$new/config.flat
	flat_of "$new/config" >"$flat"
	platform=$(word os)/$(word architecture)
	why="$registry/$repository@sha256:$hex is for $platform, and this machine is linux/$OCI_ARCHITECTURE"
	[ "$platform" = "linux/$OCI_ARCHITECTURE" ] || return 2
}

get_layers() {
	sed -n '/^layers/p' "$new/blobs" >"$new/layers"
	while read -r _ blob bytes kind; do
		find_unpacker || return
		echo "info: fetching sha256:$blob, $bytes bytes, from $registry"
		get_blob "$blob" "$new/$blob.layer" "$bytes" || return
	done <"$new/layers"
}

# find_unpacker: sets unpacker for a layer of a kind
find_unpacker() {
	case $kind in
	*[+.]gzip) unpacker=gzip ;;
	*[+.]zstd) unpacker=zstd ;;
	*.tar) unpacker='' ;;
	*)
		why="$registry/$repository@sha256:$hex has a layer of a kind that is not understood: $kind"
		return 2
		;;
	esac
	why="$registry/$repository@sha256:$hex has a layer that is packed by $unpacker, which this image does not have (packages: [$unpacker])"
	[ -z "$unpacker" ] || command -v "$unpacker" >/dev/null || return 2
}

unpack_layers() {
	rm -rf "$new/root"
	mkdir -m 0755 "$new/root"
	while read -r _ blob _ kind; do
		find_unpacker
		layer=$new/$blob.layer
		for pass in whiteouts entries; do unpack_layer || return; done
	done <"$new/layers"
	rm -f "$new"/*.layer # one may be there twice
}

# unpack_layer: one pass of it; what unpacks it has to end well too
unpack_layer() {
	find_room
	: >"$new/unpacked"
	{ "${unpacker:-cat}" ${unpacker:+-dc} <"$layer" 2>/dev/null && echo 1 >"$new/unpacked"; } | leanos-unpack "$new/root" "$pass" "$room" "$items" 2>"$new/complaint" &&
		[ -s "$new/unpacked" ] && return 0
	why="$registry/$repository@sha256:$hex, layer sha256:$blob: $(cat "$new/complaint")"
	[ -s "$new/complaint" ] || why="$why it cannot be unpacked"
	return 2
}

finish_image() {
	signal=$(word config/StopSignal)
	signal=${signal#SIG}
	case $signal in *[!A-Z0-9+-]* | '') ;; *) echo "$signal" >"$new/signal" ;; esac
	rm -f "$new/manifest" "$new/flat" "$new/blobs" "$new/layers" "$new/unpacked" "$new/complaint" "$new/config"
	sync
	mv "$new" "$IMAGES/$hex"
	sync
}
