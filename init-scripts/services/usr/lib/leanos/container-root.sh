# shellcheck shell=dash
# shellcheck disable=SC2154 # CONTAINER, FOLDER and name are of the row
# The files of a container: those of its image below what it changes, which ends with it; and its volumes, which stay on STATE. Needs
# services.sh. Everything is found below $ROOT.

# lay_over IMAGE: sets up $CONTAINER/root anew
lay_over() {
	mkdir -p "$CONTAINER/changes" "$CONTAINER/root"
	crun --root "$CONTAINER/crun" delete --force "$name" 2>/dev/null
	umount "$CONTAINER/root" 2>/dev/null
	umount "$CONTAINER/changes" 2>/dev/null
	mount -t tmpfs -o mode=0755 changes "$CONTAINER/changes" || exit 1
	mkdir "$CONTAINER/changes/upper" "$CONTAINER/changes/work"
	mount -t overlay -o "lowerdir=$1,upperdir=$CONTAINER/changes/upper,workdir=$CONTAINER/changes/work" \
		"$name" "$CONTAINER/root" || exit 1
}

# make_volume PATH: what the image has there is what a new volume has; not where a link of the image leads elsewhere
make_volume() {
	kept=$ROOT$FOLDER/volumes$1
	[ ! -d "$kept" ] || return 0
	rm -rf "$kept.new"
	mkdir -p "${kept%/*}"
	if is_within "$CONTAINER/root" "$1"; then
		mkdir -p "$CONTAINER/root$1"
		cp -a "$CONTAINER/root$1" "$kept.new"
	else
		mkdir "$kept.new"
	fi && mv "$kept.new" "$kept" || exit 1
}

# is_within FOLDER PATH: whether no part of the path is a link
is_within() {
	way=$2
	while [ -n "$way" ]; do
		[ ! -L "$1$way" ] || return 1
		way=${way%/*}
	done
}
