# shellcheck shell=dash
# shellcheck disable=SC2154 # flat is set by leanos-userdata
# `leanos: {containers: …, registries: …}` of #cloud-config. Each container becomes a row of services, and what is said of it beside that a
# file of containers/, which root alone may read: its environment may be secret. Needs cloud-config.sh.
. "$ROOT/usr/lib/leanos/services.sh"
. "$ROOT/usr/lib/leanos/containers.sh"

# set_containers: all that the configuration names; others end
set_containers() {
	! has leanos/registries || set_registries
	has leanos/containers || return 0
	mkdir -p "$SERVICES"
	(make_private "$CONTAINERS")
	named=' '
	for each in $(items leanos/containers); do
		! set_container "leanos/containers/$each" || named="$named$each "
	done
	each_container keep_named
	supervise_containers
	prune_images
}

# set_container PATH: its files, where all of it can be done; 1 where not, which is said
set_container() {
	[ "${#each}" -le 32 ] && [ "$each" != leanos ] || each=- # /var/lib/leanos is not for volumes
	case $each in *[!a-z0-9-]* | -*)
		complain "$1: the name of a container has small letters, digits and \"-\", 32 at most, and is not leanos"
		return 1
		;;
	esac
	if [ -e "$ROOT/usr/etc/leanos-init/services/$each" ] || { [ -e "$SERVICES/$each" ] && [ ! -e "$CONTAINERS/$each" ]; }; then
		complain "$1: a service of this image has that name"
		return 1
	fi
	parse_image "$(word "$1/image")" || {
		complain "$1/image: $complaint"
		return 1
	}
	check_words "$1/environment" && check_volumes "$1/volumes" && find_limits "$1" || return 1
	awk -F '\t' -v path="$1/" 'index($1, path) == 1 { print substr($0, length(path) + 1) }' "$flat" >"$parts/container"
	container_row "$1" >"$parts/row"
	cmp -s "$parts/row" "$SERVICES/$each" && cmp -s "$parts/container" "$CONTAINERS/$each" && return 0
	change_file "$SERVICES/$each" 0644 <"$parts/row"
	change_file "$CONTAINERS/$each" 0600 <"$parts/container"
	load_service "$each" && order r
	return 0
}

# container_row PATH: its row, of words that were looked at
container_row() {
	folder=/run/leanos/containers/$each
	echo '# A container of user-data.'
	echo "COMMAND='/usr/bin/crun --root $folder/crun --cgroup-manager disabled run --bundle $folder $each'"
	echo "IMAGE=$registry/$repository@sha256:$hex"
	echo "CONTAINER=$folder PREPARE=pulled CONFINE=0 CONSOLE=/dev/console END=$end MEMORY=$memory"
	# Its image says by which signal it ends, once it is there.
	echo "[ ! -s \"\$ROOT/var/lib/leanos/containers/$hex/signal\" ] || read -r SIGNAL <\"\$ROOT/var/lib/leanos/containers/$hex/signal\""
}

# check_words PATH: whether the names below it are those of variables
check_words() {
	for variable in $(items "$1"); do
		case $variable in [0-9]* | *[!A-Za-z0-9_]*)
			complain "$1/$variable: not the name of a variable"
			return 1
			;;
		esac
	done
}

# check_volumes PATH: each is /PATH, or /HERE:/PATH with or without :ro
check_volumes() {
	for item in $(items "$1"); do
		text=$(word "$1/$item")
		case ${text%:ro} in
		*[!A-Za-z0-9._/:@+-]* | *//* | */../* | */.. | */..:* | */./* | */. | */:* | */ | *:*:*) ;;
		/*:/?* | /[!:]*) case ${text%:ro} in *:[!/]*) ;; *) continue ;; esac ;;
		esac
		complain "$1/$item: /PATH, which is kept, or /HERE:/PATH of this machine is needed, with or without :ro, not $text"
		return 1
	done
}

# find_limits PATH: sets memory and end
find_limits() {
	memory=$(word "$1/memory") end=''
	case $memory in
	'') ;;
	*[!0-9]*MiB | *[!0-9]*GiB) memory=0 ;;
	*MiB) memory=$((${memory%MiB} * 1048576)) ;;
	*GiB) memory=$((${memory%GiB} * 1073741824)) ;;
	*) memory=0 ;;
	esac
	[ "$memory" != 0 ] || {
		complain "$1/memory: a size is needed, such as 64MiB or 1GiB"
		return 1
	}
	case $(word "$1/restart" always) in
	always) ;;
	on-failure) end='true' ;;
	*)
		complain "$1/restart: always or on-failure is needed, not $(word "$1/restart")"
		return 1
		;;
	esac
}

# keep_named: the container that is loaded ends, and is one no more, where the configuration does not name it. Its volumes stay.
keep_named() {
	case $named in *" $name "*) return 0 ;; esac
	rm -f "$CONTAINERS/$name" "$SERVICES/$name"
	supervise_containers # or init would start it again
	! order x || await_rest
	umount "$CONTAINER/root" "$CONTAINER/changes" 2>/dev/null
	rm -rf "$here"
}

# set_registries: who this machine is to them, and by which authority it knows them
set_registries() {
	rm -rf "$REGISTRIES"
	(make_private "$REGISTRIES")
	for each in $(items leanos/registries); do
		case $each in *[!a-z0-9.:-]* | .*)
			complain "leanos/registries/$each: the name of a host is needed"
			continue
			;;
		esac
		! has "leanos/registries/$each/ca" || value "leanos/registries/$each/ca" | change_file "$REGISTRIES/$each.ca" 0600
		! has "leanos/registries/$each/user" ||
			printf %s "$(word "leanos/registries/$each/user"):$(word "leanos/registries/$each/password")" |
			base64 | tr -d '\n' | change_file "$REGISTRIES/$each.login" 0600
	done
}
