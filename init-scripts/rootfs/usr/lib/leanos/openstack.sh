# shellcheck shell=dash
# OpenStack's metadata, from a drive or from a service: `get PATH NAME` fetches one file. Needs seed.sh.

MOST_FILES=64 # that a machine brings along

# read_meta_data FOLDER: who may come in, and what the machine is. read_openstack follows.
read_meta_data() {
	get "$1/meta_data.json" meta_data.json && read_facts "$DIR/meta_data.json" && let_in
}

# read_openstack FOLDER: everything else below openstack/latest, and the content files that the meta-data names
read_openstack() {
	get "$1/user_data" user-data
	get "$1/network_data.json" network_data.json
	for name in vendor_data vendor_data2; do
		get "$1/$name.json" "$name.json" && read_vendor_data "$name"
	done
	if [ -s "$DIR/network-interfaces.path" ]; then
		read -r path <"$DIR/network-interfaces.path"
		get_content "$path" network-interfaces
	fi
	[ ! -s "$DIR/random-seed.base64" ] || base64 -d "$DIR/random-seed.base64" >"$DIR/random-seed" 2>/dev/null
	[ -s "$DIR/files" ] || return 0
	mkdir -p "$DIR/content"
	count=0
	while IFS='	' read -r _ path; do
		[ $((count += 1)) -le "$MOST_FILES" ] || {
			warn "more than $MOST_FILES files are named: the rest is not read"
			break
		}
		get_content "$path" "content/${path##*/}"
	done <"$DIR/files"
}

# read_vendor_data NAME: what of NAME.json is for the machine's start, into vendor-data or vendor-data2
read_vendor_data() {
	# shellcheck disable=SC3045 # BusyBox's ash has it
	{ read -r -n 3 start || :; } <"$DIR/$1.json"
	[ "$start" != '{}' ] || return 0 # as Nova has it for everybody
	file=$DIR/vendor-data${1#vendor_data}
	complaint=$(flatten -f "$ROOT/usr/lib/leanos/vendor-data.awk" "$DIR/$1.json" 2>&1 >"$file") || warn "$1.json: line $complaint"
	[ -s "$file" ] || rm -f "$file"
}

# get_content PATH NAME: a content file; its path is /content/NUMBER and nothing else
get_content() {
	case $1 in
	*..* | /content/*/*) warn "not a content path: $1" ;;
	/content/?*) get "openstack$1" "$2" || warn "$1 is named, but not there" ;;
	*) warn "not a content path: $1" ;;
	esac
}
