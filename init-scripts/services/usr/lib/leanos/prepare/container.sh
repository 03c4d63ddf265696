# shellcheck shell=dash
# shellcheck disable=SC2154 # CONTAINER is of the row
# A container: the files of its image below what it changes, which ends with it, and its volumes, which stay on STATE.
image=$ROOT/usr/lib/payload
mkdir -p "$CONTAINER/image" "$CONTAINER/changes" "$CONTAINER/root"
mount | grep -q " on $CONTAINER/image " ||
	mount -t squashfs -o ro,loop "$image/root.squashfs" "$CONTAINER/image" || exit 1
crun --root "$CONTAINER/crun" delete --force payload 2>/dev/null
umount "$CONTAINER/root" 2>/dev/null
umount "$CONTAINER/changes" 2>/dev/null
mount -t tmpfs -o mode=0755 changes "$CONTAINER/changes" || exit 1
mkdir "$CONTAINER/changes/upper" "$CONTAINER/changes/work"
mount -t overlay -o "lowerdir=$CONTAINER/image,upperdir=$CONTAINER/changes/upper,workdir=$CONTAINER/changes/work" \
	payload "$CONTAINER/root" || exit 1
while read -r volume; do
	kept=$ROOT$FOLDER/volumes$volume
	[ ! -d "$kept" ] || continue
	# What the image has there is what a new volume has.
	mkdir -p "${kept%/*}" "$CONTAINER/root$volume"
	rm -rf "$kept.new"
	cp -a "$CONTAINER/root$volume" "$kept.new" && mv "$kept.new" "$kept" || exit 1
done <"$image/volumes"
cp "$image/config.json" "$CONTAINER/config.json"
