# shellcheck shell=dash
# shellcheck disable=SC2154 # seems and later are the result of find_platforms
# The search for instance data. A datasource is an executable below datasource/ with two words: `detect` says whether this
# machine has it, `fetch DIR` detects it and writes what it knows to files in DIR (instance-id, local-hostname, public-keys,
# user-data, …); both end with 0 when it is there. Needs system.sh, drivers.sh, platform.sh and label.sh. Everything is found
# below $ROOT.

# datasource_list: sets list to the names to try, in their order, without commas
datasource_list() {
	kernel_word dslist || value=$DATASOURCE_LIST
	IFS=' ,'
	# shellcheck disable=SC2086 # words
	set -- $value
	list="$*"
	unset IFS
}

# first_datasource: most machines have a disk with the first datasource of the list on it. That needs no search: 0 when it
# was so, and 1 when find_datasource has to follow.
first_datasource() {
	datasource_list
	read_labels
	found=${list%% *}
	case " $DATASOURCES_ON_DISK " in *" ${found:-none} "*) ;; *) return 1 ;; esac
	result=$ROOT/run/leanos/datasource
	make_private "$result.new/data" "$result.new/data.seed"
	at_once=1
	ask "$found" fetch "$result.new/data"
	status=$?
	# shellcheck disable=SC2034 # a datasource that would wait for the network sees it
	at_once=''
	[ "$status" = 0 ] || return 1
	keep_result "$found"
}

# deadline: sets seconds to those that the search may take
deadline() {
	kernel_word dsdeadline
	seconds=$value
	case $seconds in '' | *[!0-9]*) seconds=$DATASOURCE_DEADLINE ;; esac
}

# find_datasource: asks all of the list side by side, and sets found to the first in its order that is there. Ends after
# DATASOURCE_DEADLINE (or dsdeadline= on the kernel command line) seconds with what is there by then. keep_found follows.
find_datasource() {
	datasource_list
	make_search
	start_searchers
	deadline
	nap "$seconds" &
	timer=$!
	until first_found; do
		kill -0 "$timer" 2>/dev/null || {
			any_found
			break
		}
		wait_for_searcher
	done
	kill "$timer" 2>/dev/null
	[ -z "$found" ] || stop_searchers
}

# start_searchers: for what the machine seems to have. What may come while drivers are loaded is looked for when they are.
start_searchers() {
	searchers=''
	start_those "$list"
	[ -n "$unasked" ] || return 0
	report_drivers &
	searchers="$searchers $!"
}

# start_those NAMES: those that seem to be there; sets unasked to those that may still come
start_those() {
	complete='' unasked=''
	[ ! -e "$search/.drivers" ] && [ ! -e "$ROOT/run/leanos/drivers" ] || complete=1
	# shellcheck disable=SC2086 # one word each
	find_platforms $1
	for name in $1; do
		if is_among "$name" "$seems"; then
			search_one "$name" &
			searchers="$searchers $!"
		elif may_come "$name"; then
			unasked="$unasked $name"
		else
			: >"$search/$name.none"
		fi
	done
}

# is_among WORD WORDS
is_among() {
	case " $2 " in *" $1 "*) ;; *) return 1 ;; esac
}

# may_come NAME: whether it may be there when drivers are loaded though it was not when it was looked for
may_come() {
	[ -z "$complete" ] && is_among "$1" "$later"
}

# report_drivers: tells wait_for_searcher that no more drivers will come
report_drivers() {
	wait_for_drivers
	: >"$search/.drivers"
} 2>/dev/null

# wait_for_searcher: until one has ended; then those are started that a driver has brought
wait_for_searcher() {
	# shellcheck disable=SC3045 # BusyBox's ash has it
	wait -n
	[ -n "$unasked" ] && [ -e "$search/.drivers" ] || return 0
	# shellcheck disable=SC2034 # find_label reads anew
	LABELS_READ=''
	start_those "$unasked"
}

# make_search: a folder for each of the list, and one where it may mount a seed, all by one program
make_search() {
	search=$ROOT/run/leanos/search
	folders=''
	for name in $list; do folders="$folders $search/$name $search/$name.seed"; done
	# shellcheck disable=SC2086 # one word each
	make_private "$search" $folders
	nap 0 # makes its pipe, where boot has not
}

# keep_found: what find_datasource found is in /run/leanos/datasource from here on. end_search follows where that is anything.
keep_found() {
	if [ -n "$found" ]; then
		keep_datasource "$found" "$search/$found"
	else
		keep_datasource none ''
		say "info: datasource: none found; ssh and consoles are there all the same"
	fi
}

# late_datasource: waits for a datasource that answers after the deadline, and keeps it; 1 when none is to be waited for
late_datasource() {
	[ -z "$found" ] || return 1
	while :; do
		any_found
		[ -z "$found" ] || break
		is_searching || return 1
		wait_for_searcher
	done
	[ "$found" != none ] || return 1
	say "info: datasource: $found answered after the deadline"
	stop_searchers
	keep_found
	end_search
}

# is_searching: whether one of the list has not answered yet
is_searching() {
	for name in $list; do
		[ -e "$search/$name.none" ] || [ -e "$search/$name.done" ] || return 0
	done
	return 1
}

# stop_searchers: the others need not answer any more
stop_searchers() {
	# shellcheck disable=SC2086 # process ids are words
	kill $searchers 2>/dev/null
	searchers=''
}

# end_search: those that ask again and again end when their folder is gone
end_search() {
	[ -z "${search:-}" ] || rm -rf "$search"
}

# search_one NAME: asks at once, and again when every driver is loaded, where a seed may be on a slow disk; what it brings is in
# the folder NAME, and NAME.done or NAME.none says whether it is there
search_one() {
	if fetch_one "$1" || { may_come "$1" && wait_for_drivers && fetch_again "$1"; }; then
		: >"$search/$1.done"
	else
		: >"$search/$1.none"
	fi
}

# fetch_one NAME: 0 when it is there and was read
fetch_one() {
	ask "$1" fetch "$search/$1"
}

# fetch_again NAME: the same when there may be more disks; nothing of what the first time left is kept
fetch_again() {
	# shellcheck disable=SC2034 # find_label reads anew
	LABELS_READ=''
	for left in "$search/$1"/*; do [ ! -e "$left" ] || rm -rf "$left"; done
	fetch_one "$1"
}

# ask NAME WORDS…: runs a datasource. One that is a script of this very shell is read into it, for a shell of its own is the
# dearest part of a search that finds nothing.
ask() {
	program=$ROOT/usr/lib/leanos/datasource/$1
	[ -x "$program" ] || return 1
	shift
	{ read -r first || :; } <"$program"
	case $first in
	'#!/bin/sh')
		# shellcheck source=/dev/null # checked by itself
		(. "$program")
		;;
	*)
		mkdir -m 0700 "$2" 2>/dev/null
		"$program" "$@"
		;;
	esac
}

# first_found: sets found to the first name of the list that is there, once all before it have answered; 1 while one has not
first_found() {
	found=''
	for name in $list; do
		[ ! -e "$search/$name.done" ] || {
			found=$name
			return 0
		}
		[ -e "$search/$name.none" ] || return 1
	done
}

# any_found: sets found to the first name that is there, whoever has not answered; but not to none while somebody may answer
any_found() {
	found=''
	for name in $list; do
		[ -e "$search/$name.done" ] || continue
		found=$name
		[ "$found" = none ] && is_searching || return 0
		found=''
	done
}

# keep_datasource NAME FOLDER: makes it the one that everything else reads; what it knows is in the folder, '' where it knows
# nothing
keep_datasource() {
	result=$ROOT/run/leanos/datasource
	if [ -d "$result.new" ]; then rm -rf "$result.new/data"; else make_private "$result.new"; fi
	if [ -n "$2" ]; then mv "$2" "$result.new/data"; else make_private "$result.new/data"; fi
	keep_result "$1"
}

# keep_result NAME: what is in $result.new takes the place of the last, whole or not at all
keep_result() {
	echo "$1" >"$result.new/dsname"
	if [ -f "$result.new/data/dsmode" ]; then mv "$result.new/data/dsmode" "$result.new/dsmode"; else echo local >"$result.new/dsmode"; fi
	[ ! -d "$result" ] || mv "$result" "$result.old"
	mv "$result.new" "$result"
	[ ! -d "$result.old" ] || rm -rf "$result.old"
}
