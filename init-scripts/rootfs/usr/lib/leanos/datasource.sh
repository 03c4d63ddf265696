# shellcheck shell=busybox
# The search for instance data. A datasource is an executable below datasource/ with two words: `detect` says quickly
# whether this machine has it, `fetch DIR` writes what it knows to files in DIR (instance-id, local-hostname, public-keys,
# user-data, …) and ends with 0. Everything is found below $ROOT.

# kernel_word NAME: the value of NAME=VALUE on the kernel command line
kernel_word() {
	read -r words <"$ROOT/proc/cmdline"
	for word in $words; do
		case $word in "$1="*) echo "${word#*=}" && return 0 ;; esac
	done
	return 1
}

# datasource_list: the names to try, in their order, without commas
datasource_list() {
	{ kernel_word dslist || echo "$DATASOURCE_LIST"; } | tr ',' ' '
}

# search_datasources DIR: asks all at once; each leaves DIR/NAME.done (found) or DIR/NAME.none
search_datasources() {
	for name in $(datasource_list); do
		search_one "$name" "$1" &
	done
}

# detected PROGRAM: asks at once, and again when every driver is loaded: a seed may be on a slow disk
detected() {
	"$1" detect && return 0
	[ ! -e "$ROOT/run/leanos/drivers" ] || return 1
	until [ -e "$ROOT/run/leanos/drivers" ]; do sleep 0.1; done
	"$1" detect
}

# search_one NAME DIR
search_one() {
	program=$ROOT/usr/lib/leanos/datasource/$1
	mkdir -p -m 0700 "$2/$1"
	if [ -x "$program" ] && detected "$program" && "$program" fetch "$2/$1"; then
		mv "$2/$1" "$2/$1.done"
	else
		rm -rf "${2:?}/$1"
		: >"$2/$1.none"
	fi
}

# first_found DIR: the first name of the list that was found, once all before it have answered; 1 while one has not, 2
# when none was found
first_found() {
	for name in $(datasource_list); do
		[ ! -d "$1/$name.done" ] || {
			echo "$name"
			return 0
		}
		[ -e "$1/$name.none" ] || return 1
	done
	return 2
}

# any_found DIR: the first name that was found, whoever has not answered
any_found() {
	for name in $(datasource_list); do
		[ -d "$1/$name.done" ] && echo "$name" && return 0
	done
	return 1
}
