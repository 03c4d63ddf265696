# shellcheck shell=dash
# What EC2's metadata service has, and that of clouds which speak the same
# (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html). Needs seed.sh and http.sh; imds.sh where
# it wants a token.

EC2_VERSION=latest
ITEMS='instance-id local-hostname hostname public-hostname local-ipv4 public-ipv4 instance-type ami-id ami-launch-index
	reservation-id security-groups mac placement/availability-zone'

MOST_ITEMS=64    # of a list
MOST_LISTED=4096 # characters of the list of names that are looked at: more than any cloud has

# list_items: sets listed to the names below $EC2_VERSION/meta-data/; '' where the service does not tell them
list_items() {
	listed=''
	get "$EC2_VERSION/meta-data/" items.list || return 0
	while [ ${#listed} -lt "$MOST_LISTED" ] && { read -r name || [ -n "$name" ]; }; do
		listed="$listed ${name%/} "
	done <"$DIR/items.list"
}

# is_listed NAME: whether it is worth a request
is_listed() {
	case $listed in '' | *" ${1%%/*} "*) ;; *) return 1 ;; esac
}

# get_list NAME: sets names to what $EC2_VERSION/meta-data/NAME/ lists, each as far as a "="; 1 where there is nothing
get_list() {
	names='' count=0
	is_listed "$1" && get "$EC2_VERSION/meta-data/$1/" names.list && [ -s "$DIR/names.list" ] || return 1
	# shellcheck disable=SC3045 # BusyBox's ash has it
	read -r -n 256 first_line <"$DIR/names.list"
	while IFS='=' read -r name _ || [ -n "$name" ]; do
		case $name in '' | *[!A-Za-z0-9-]*) continue ;; esac
		[ $((count += 1)) -le "$MOST_ITEMS" ] || {
			warn "$1 lists more than $MOST_ITEMS: the rest is not read"
			break
		}
		names="$names $name"
	done <"$DIR/names.list"
}

# get_items: all of ITEMS that are listed; and ahead the first key, the only one that most machines have
get_items() {
	set --
	for name in $ITEMS; do
		if is_listed "$name"; then set -- "$@" "$EC2_VERSION/meta-data/$name"; fi
	done
	key=''
	is_listed public-keys && key=$EC2_VERSION/meta-data/public-keys/0/openssh-key
	get_all . "$key" "$@"
}

# get_keys: public-keys/ lists INDEX=NAME; or it is no list, and has the keys themselves
get_keys() {
	get_list public-keys || return 0
	case $first_line in 'ssh-'*' '* | ecdsa-*' '* | sk-*' '*)
		mv "$DIR/names.list" "$DIR/public-keys"
		return 0
		;;
	esac
	for name in $names; do
		get "$EC2_VERSION/meta-data/public-keys/$name/openssh-key" key.list "$ITEM_BYTES" && cat "$DIR/key.list" && echo
	done >"$DIR/public-keys"
}

# get_mappings: block-device-mapping/ lists NAMEs
get_mappings() {
	get_list block-device-mapping || return 0
	mkdir "$DIR/mappings"
	set --
	for name in $names; do set -- "$@" "$EC2_VERSION/meta-data/block-device-mapping/$name"; done
	get_all mappings '' "$@"
	for name in $names; do
		[ -f "$DIR/mappings/$name" ] || continue
		read -r device <"$DIR/mappings/$name"
		printf '%s: %s\n' "$name" "$device"
	done >"$DIR/block-device-mapping"
}

# read_ec2: finds the service, and reads all that it has
read_ec2() {
	find_service "$EC2_VERSION/meta-data/instance-id" instance-id "$TRIES" || return 1
	echo net >"$DIR/dsmode"
	renew_header || :
	list_items
	get_items
	get_keys
	[ ! -f "$DIR/ami-launch-index" ] || mv "$DIR/ami-launch-index" "$DIR/launch-index"
	[ -f "$DIR/local-hostname" ] || [ ! -f "$DIR/hostname" ] || cp "$DIR/hostname" "$DIR/local-hostname"
	let_in
	get_mappings
	get "$EC2_VERSION/user-data" user-data
	decode_whole user-data
	rm -rf "$DIR"/*.list "$DIR/mappings" "$DIR/.ahead"
	[ -s "$DIR/instance-id" ]
}
