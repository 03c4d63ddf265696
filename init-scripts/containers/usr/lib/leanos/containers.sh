# shellcheck shell=dash
# shellcheck disable=SC2034,SC2153,SC2154 # a row says name and IMAGE; what is set is for whoever asks
# Containers of user-data: each is a row of services with the image that it is of, and a file of containers/ with what was said of it. Images
# are on STATE by their digests. Needs system.sh, services.sh and lock.sh. Everything is found below $ROOT.

CONTAINERS=$ROOT/etc/leanos-init/containers
REGISTRIES=$ROOT/etc/leanos-init/registries
IMAGES=$ROOT/var/lib/leanos/containers

# parse_image TEXT: sets registry, repository and hex to what HOST/NAME@sha256:… says; 1 with complaint, which says what to write instead
parse_image() {
	registry=${1%%/*} repository=${1#*/} hex=''
	case $1 in
	*@sha256:*)
		hex=${1##*@sha256:} repository=${repository%@sha256:*}
		case ${repository##*/} in *:*) repository=${repository%:*} ;; esac # the digest says more than a tag beside it
		;;
	*)
		untagged=$1
		case ${1##*/} in *:*) untagged=${1%:*} ;; esac
		complaint="$1 has no digest: write $untagged@sha256:..., which \`skopeo inspect docker://$1\` shows; what a tag names is other bytes tomorrow"
		return 1
		;;
	esac
	case $registry in *@*) registry='' ;; esac # there is no "/"
	case $registry in *[.:]* | localhost) ;; *)
		complaint="$1 does not say its registry: docker.io/library/NAME@sha256:... is one of Docker Hub"
		return 1
		;;
	esac
	case $registry:$repository:$hex in
	*[!a-z0-9._/:-]* | *//* | *..* | *::* | */: | *:) ;;
	*) [ "${#hex}" != 64 ] || case $hex in *[!0-9a-f]*) ;; *) return 0 ;; esac ;;
	esac
	complaint="$1 is no image: HOST/NAME@sha256:... with 64 digits is needed"
	return 1
}

# each_container COMMAND…: runs COMMAND with each of them loaded; what is loaded already stays
each_container() (
	for row in "$CONTAINERS"/*; do
		! load_service "${row##*/}" || "$@"
	done
)

# supervise_containers: init supervises what is there now, beside what its own table says. That stays as it is: a new version may have
# another one.
supervise_containers() {
	umount "$ROOT/etc/inittab" 2>/dev/null
	{ cat "$ROOT/etc/inittab" && each_container print_line; } >"$ROOT/run/leanos/inittab.new"
	if cmp -s "$ROOT/etc/inittab" "$ROOT/run/leanos/inittab.new"; then
		rm "$ROOT/run/leanos/inittab.new"
	else
		mv "$ROOT/run/leanos/inittab.new" "$ROOT/run/leanos/inittab"
		mount -o bind "$ROOT/run/leanos/inittab" "$ROOT/etc/inittab"
	fi
	[ -n "$ROOT" ] || kill -HUP 1 # reads it again; that of another machine is none of ours
}

print_line() { echo "::respawn:/usr/lib/leanos/serve $name"; }

# prune_images: those that no container is of
prune_images() {
	kept=" $(each_container print_hex | tr '\n' ' ')"
	for folder in "$IMAGES"/*; do
		hex=${folder##*/}
		case $kept in *" ${hex%.*} "*) ;; *) rm -rf "$folder" ;; esac
	done
}

print_hex() { ! parse_image "$IMAGE" || echo "$hex"; }
