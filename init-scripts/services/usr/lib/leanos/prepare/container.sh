# shellcheck shell=dash
# shellcheck disable=SC2154 # CONTAINER is of the row
# The container of the image's own payload.
. "$ROOT/usr/lib/leanos/container-root.sh"
image=$ROOT/usr/lib/payload
mkdir -p "$CONTAINER/image"
mount | grep -q " on $CONTAINER/image " ||
	mount -t squashfs -o ro,loop "$image/root.squashfs" "$CONTAINER/image" || exit 1
lay_over "$CONTAINER/image"
while read -r volume; do make_volume "$volume"; done <"$image/volumes"
cp "$image/config.json" "$CONTAINER/config.json"
