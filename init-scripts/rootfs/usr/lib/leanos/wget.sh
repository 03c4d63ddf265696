# shellcheck shell=dash
# shellcheck disable=SC2034 # stall is the result
# BusyBox's wget.

# stall_after SECONDS: sets stall to the words with which wget gives up a transfer that brings nothing for so long; to none where
# BusyBox is built without them, as Debian's is before 1.36.1-5: it dies of them, and only the time of the whole transfer has an end.
stall_after() {
	case ${wget_stalls:=$(wget --help 2>&1)} in
	*-T*) wget_stalls=-T stall="-T $1" ;;
	*) wget_stalls=none stall='' ;;
	esac
}
