# shellcheck shell=dash
# shellcheck disable=SC2154 # FOLDER and DISKS are of the row, ids of find_user
# The disks that a payload writes to: copies of those that its image has, made once, each whole or not at all.
find_user "$RUN_AS" || exit 1
[ -d "$ROOT$FOLDER/disks" ] || mkdir -p "$ROOT$FOLDER/disks"
for disk in $DISKS; do
	copy=$ROOT$FOLDER/disks/$disk
	[ ! -e "$copy" ] || continue
	cp "$ROOT/usr/lib/payload/disks/$disk" "$copy.new" && chown "$ids" "$copy.new" && chmod 0600 "$copy.new" &&
		mv "$copy.new" "$copy" || exit 1
done
