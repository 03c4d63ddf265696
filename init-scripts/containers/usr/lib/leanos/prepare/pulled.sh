# shellcheck shell=dash
# shellcheck disable=SC2153,SC2154 # IMAGE, CONTAINER and FOLDER are of the row
# A container of user-data: its image is pulled where it is not there, and its configuration made of what that and user-data say.
for library in containers flat registry pull lock container-root; do
	# shellcheck source=/dev/null # checked by themselves
	. "$ROOT/usr/lib/leanos/$library.sh"
done
load_config
work=$here/pull
rm -rf "$work"
(make_private "$work" "$CONTAINER")
parse_image "$IMAGE"
[ -d "$IMAGES/$hex" ] || {
	until take_lock "image-$hex"; do nap "1.$(($$ % 10))"; done # of two at once neither gets it
	[ -d "$IMAGES/$hex" ] || {
		wait_for_network "$name"
		pull_image
	} || {
		echo "error: $name: $why" >&2 # its log, and the console
		exit 1
	}
	give_lock "image-$hex"
}
image=$IMAGES/$hex
# file_of PATH: prints where the container has it; nothing where a link may lead out of it
file_of() { ! is_within "$image/root" "$1" || [ ! -f "$image/root$1" ] || echo "$image/root$1"; }
: >"$work/volumes"
awk -F '\t' -v name="$name" -v passwd="$(file_of /etc/passwd)" -v group="$(file_of /etc/group)" -v volumes="$FOLDER/volumes" -v volume_list="$work/volumes" \
	-f "$ROOT/usr/lib/leanos/container-config.awk" "$image/config.flat" "$CONTAINERS/$name" "$ROOT/usr/lib/leanos/container.json" >"$CONTAINER/config.json" 2>"$work/complaint" || {
	echo "error: $name: $(cat "$work/complaint")" >&2
	exit 1
}
lay_over "$image/root"
while read -r volume; do make_volume "$volume"; done <"$work/volumes"
rm -rf "$work"
