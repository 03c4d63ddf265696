# shellcheck shell=dash
# shellcheck disable=SC2034 # what is read here is for whoever sources this
# What leanos-update remembers, in files of one line on STATE:
#   channel, url, keys/NUMBER.pub   what it follows (url: without, there are no updates)
#   trial                           SLOT VERSION, written before the slot is to be tried, gone when it is healthy
#   failed, why, refused            what did not come up, why, and versions that are not tried again
#   seen.CHANNEL                    the newest version that the channel ever gave
# Everything is found below $ROOT.

UPDATE=$ROOT/var/lib/leanos/update

# recall NAME [OTHERWISE]: the line that is remembered
recall() {
	line=''
	{ read -r line <"$UPDATE/$1"; } 2>/dev/null
	echo "${line:-${2:-}}"
}

# remember NAME TEXT: whole or not at all
remember() {
	echo "$2" >"$UPDATE/$1.new" && sync "$UPDATE/$1.new" && mv "$UPDATE/$1.new" "$UPDATE/$1"
}

# refuse_version VERSION: it is not tried again
refuse_version() {
	grep -qsxF "$1" "$UPDATE/refused" || echo "$1" >>"$UPDATE/refused"
}

# is_trial SLOT: whether the slot is one that has to show that it is healthy
is_trial() {
	case $(recall trial) in "$1 "*) ;; *) return 1 ;; esac
}

version_of_trial() {
	trial=$(recall trial)
	echo "${trial#* }"
}

# read_identity: sets image, version and arch of the running system
read_identity() {
	image='' version='' arch=''
	while IFS='=' read -r name value; do
		case $name in
		IMAGE_ID) image=$value ;;
		IMAGE_VERSION) version=$value ;;
		ARCHITECTURE) arch=$value ;;
		esac
	done <"$ROOT/usr/lib/os-release"
}

# is_version TEXT: DAYS.MINOR.PATCH and nothing more
is_version() {
	echo "$1" | grep -Eqx '(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}'
}

# is_newer A B: whether version A is newer than version B; a development build (-dev) is older than the release of its number
is_newer() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		developed = b ~ /-/
		sub(/-.*/, "", b)
		split(a, left, "."); split(b, right, ".")
		for (n = 1; n <= 3; n++) if (left[n] + 0 != right[n] + 0) exit left[n] + 0 < right[n] + 0
		exit !developed
	}'
}
