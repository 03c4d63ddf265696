# shellcheck shell=dash
# shellcheck disable=SC2154 # name, here, RELOAD and what a supervisor says are set by services.sh
# The files of services: what lies below NAME.files, beside a service's row, is written to the same place below / before the service
# starts, with what the instance is in place of `{{ WORD }}`. The image's own are there from /usr, what #cloud-config brings lies over
# them on STATE. Needs services.sh and enter-service.sh. Everything is found below $ROOT.

WORDS=$ROOT/usr/lib/leanos/instance-words

# write_service_files: of the service that is loaded; changed is not empty where one of them was another before
write_service_files() {
	changed='' folder=$SERVICES/$name.files
	[ -d "$folder" ] || return 0
	work=$here/files
	mkdir -p "$work" && chmod 0700 "$work"
	write_words >"$work/words"
	find "$folder" -type f >"$work/list"
	while IFS= read -r template; do write_service_file "${template#"$folder"}"; done <"$work/list"
	rm -rf "$work"
}

# write_service_file PATH: whole or not at all, and only where it is another one. Its mode is that of its template; one that not
# everybody may read is the service's.
write_service_file() {
	awk -F '\t' -f "$ROOT/usr/lib/leanos/fill.awk" "$work/words" "$folder$1" >"$work/file" 2>"$work/complaints"
	mode=$(stat -c %a "$folder$1") owner=0:0
	case $mode in *[4-7]) ;; *) ! find_user "${OWNER:-$RUN_AS}" || ! find_group "$RUN_GROUP" || owner=$ids ;; esac
	if cmp -s "$work/file" "$ROOT$1"; then
		case $(stat -c '%a %u:%g' "$ROOT$1") in "$mode $owner") return 0 ;; esac
	else
		changed="$changed $1"
	fi
	while IFS= read -r complaint; do tell "warning: $name: $1: $complaint, and nothing stands there"; done <"$work/complaints"
	may_change "$1" || return 0
	! mkdir -p "$ROOT${1%/*}" || [ -d "$ROOT$1" ] || ! rm -f "$ROOT$1.new" || ! (umask 077 && cp "$work/file" "$ROOT$1.new") || ! chown "$owner" "$ROOT$1.new" || ! chmod "$mode" "$ROOT$1.new" || ! mv "$ROOT$1.new" "$ROOT$1" || return 0
	tell "error: $name: $1 cannot be written"
} 2>/dev/null

# write_words: WORD, tab, VALUE for each word that is known
write_words() {
	while read -r word source; do
		find_value "$source"
		printf '%s\t%s\n' "$word" "$value"
	done <"$WORDS"
}

# find_value FACT: sets value to what the instance has; to nothing where it has none, or one with signs that mean something to a file
find_value() {
	value=''
	case $1 in
	@hostname) read -r value <"$ROOT/proc/sys/kernel/hostname" ;;
	@address) value=$(ip -o -4 addr show scope global | awk '{ sub("/.*", "", $4); print $4; exit }') ;;
	@region)
		read_fact region
		[ -n "$value" ] || {
			read_fact availability-zone
			case $value in *[0-9][a-z]) value=${value%?} ;; *) value='' ;; esac # as cloud-init makes it of EC2's
		}
		;;
	*) read_fact "$1" ;;
	esac
	case $value in *[!A-Za-z0-9._:/@+-]*)
		tell "warning: $name: the instance's ${1#@} has signs that stand in no file"
		value=''
		;;
	esac
}

# read_fact NAME: sets value; a fact of several lines is none
read_fact() {
	fact=$ROOT/run/leanos/datasource/data/$1
	value=''
	[ ! -s "$fact" ] || value=$(cat "$fact")
}

# note_environment: remembers with which settings the service that is loaded starts
note_environment() {
	rm -f "$here/environment"
	[ ! -f "$SERVICES/$name.environment" ] || cp "$SERVICES/$name.environment" "$here/environment"
}

# refresh_service: writes the files of the service that is loaded again; one that has started with others, or with another
# environment, is told, or started again
refresh_service() {
	write_service_files
	verb=${changed:+reload}
	cmp -s "$SERVICES/$name.environment" "$here/environment" ||
		{ [ ! -e "$SERVICES/$name.environment" ] && [ ! -e "$here/environment" ]; } || verb=restart
	read_state
	case $verb:$state in
	reload:running) if [ -n "$RELOAD" ]; then run_steps "$RELOAD"; else order r; fi ;;
	restart:running | *:given-up) [ -z "$verb" ] || order r ;;
	esac
}
