# shellcheck shell=dash
# shellcheck disable=SC2153,SC2154 # what a row says, and name, pid and ids, are set by services.sh
# What the program of a service, and the commands of its unit beside that, are started with: whose they are, what they may, and their
# environment, which no command line has. Needs services.sh. Everything is found below $ROOT.

CONFINER=${CONFINER:-/usr/bin/leanos-confine}

# prepare_as ACCOUNT: sets confine to the words before what runs as that account, and ENVIRONMENT to all that it is given
prepare_as() {
	account=$1 confine=''
	if [ "$CONFINE" = 1 ]; then confine_account || return 1; else account=root; fi
	read_environment "$ENVIRONMENT_FILES" "$account"
}

# confine_account: sets confine to what holds for the account
confine_account() {
	if ! find_user "$account" || ! find_group "$RUN_GROUP"; then
		echo "error: there is no account $account${RUN_GROUP:+, or no group $RUN_GROUP}" >&2
		return 1
	fi
	kept=$CAPABILITIES
	[ "$account" = "$RUN_AS" ] || kept='' # they are those of the program
	confine="$CONFINER folder=${DIRECTORY:-$FOLDER} write=$FOLDER"
	case $account:$kept in root:all) ;; *) confine="$confine user=$ids" ;; esac
	[ -z "$OPEN" ] || confine="$confine open=1"
	[ "$FILTER" = 0 ] || confine="$confine filter=1"
	for number in ${kept#all}; do confine="$confine keep=$number"; done
	for folder in $WRITES; do confine="$confine write=$folder"; done
	confine="$confine --"
}

# set_limits: of its unit, which hold for root too
set_limits() {
	[ -z "$UMASK" ] || umask "$UMASK"
	# shellcheck disable=SC3045 # BusyBox's ash has them
	for limit in $LIMITS; do ulimit "-${limit%%:*}" "${limit#*:}"; done
}

# become WORDS: this shell becomes a program, with the environment of the service in place of its own
become() {
	# shellcheck disable=SC2163,SC3045 # names of variables; BusyBox's ash has it
	for variable in $(export -p | sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\).*/\1/p'); do export -n "$variable"; done
	eval "hand_on PATH=/usr/bin HOME=$FOLDER $ENVIRONMENT"
	exec "$@"
}

# hand_on NAME=VALUE…: a variable of this shell's own would be one of theirs
hand_on() {
	# shellcheck disable=SC2163 # a name and its value
	while [ "$#" != 0 ]; do
		case ${1%%=*} in '' | [0-9]* | *[!A-Za-z0-9_]* | "$1") ;; *) export "$1" ;; esac
		shift
	done
}

# run_steps STEPS: commands of a unit, one after the other, with MAINPID where it runs: to kill 0 is to kill oneself. Each runs as the
# service does, or as root where it begins with "+"; 1 with the first that fails.
run_steps() {
	read_state
	[ "$pid" != 0 ] || pid=''
	eval "set -- $1"
	for step; do (run_step "$step") || return; done
}

# run_step STEP: as root with nothing that another account has a say in
run_step() {
	set_limits
	case $1 in
	+*)
		confine=''
		read_environment "$ENVIRONMENT_FILES" root || exit 1
		;;
	*) prepare_as "${OWNER:-$RUN_AS}" || exit 1 ;;
	esac
	ENVIRONMENT="$ENVIRONMENT MAINPID=$pid"
	# shellcheck disable=SC2086 # words
	become $confine /usr/bin/sh -fc "${1#+}"
}

# read_environment FILES ACCOUNT: adds to ENVIRONMENT what they say, as systemd.exec(5) has it; 1 where one cannot be read that has no
# "-". What others than root can write is read as the account may read it, and never for root.
read_environment() {
	for file in $1; do
		case $file in -*) [ -f "$ROOT${file#-}" ] || continue ;; esac
		if read_variables "${file#-}" "$2"; then
			# A backslash at the end of a line is no part of it.
			# shellcheck disable=SC2162
			while read line || [ -n "$line" ]; do add_variable "$line"; done <<-EOF
				$variables
			EOF
		else
			case $file in -*) ;; *) return 1 ;; esac
		fi
	done
}

# read_variables FILE ACCOUNT: sets variables to what it says; 1 where it cannot be read, which is said
read_variables() {
	if [ ! -f "$ROOT$1" ]; then
		echo "error: there is no $1" >&2
	elif is_roots "$1"; then
		variables=$(cat "$ROOT$1") && return
	elif [ "$2" = root ]; then
		echo "error: others than root can change $1: nothing that runs as root reads it" >&2
	else
		variables=$("$CONFINER" user="$ids" open=1 -- /usr/bin/cat "$ROOT$1") && return
	fi
	return 1
}

# is_roots FILE: whether root alone can change it, or put another in its place
is_roots() {
	[ "$(readlink -f "$ROOT$1")" = "$ROOT$1" ] || return 1
	way=$1
	while [ -n "$way" ]; do
		[ -O "$ROOT$way" ] || return 1
		case $(stat -c %a "$ROOT$way") in '' | *[2367] | *[2367]?) return 1 ;; esac
		way=${way%/*}
	done
}

# add_variable NAME=VALUE: with or without quotes around the value
add_variable() {
	case $1 in [A-Za-z_]*=*) ;; *) return 0 ;; esac
	case ${1%%=*} in *[!A-Za-z0-9_]*) return 0 ;; esac
	value=${1#*=}
	case $value in \"*\" | \'*\') value=${value#?} value=${value%?} ;; esac
	value=$(printf %s "${1%%=*}=$value" | sed "s/'/'\\\\''/g")
	ENVIRONMENT="$ENVIRONMENT '$value'"
}
