# shellcheck shell=dash
# shellcheck disable=SC2154 # flat is set by leanos-userdata
# `leanos: {services: …}` of #cloud-config: the environment and the files of services. They are on STATE beside the service's row, as
# NAME.environment and NAME.files, and stay when an update brings another row. Needs cloud-config.sh.
. "$ROOT/usr/lib/leanos/services.sh"

# set_services: what the configuration says of each
set_services() {
	for each in $(items leanos/services); do
		load_service "$each" || {
			complain "leanos/services/$each: this image has no such service"
			continue
		}
		set_environment "leanos/services/$each/environment"
		each_item "leanos/services/$each/files" set_file
	done
}

# set_environment PATH: in lines as read_environment reads them
set_environment() {
	! has "$1" || for variable in $(items "$1"); do set_variable "$1/$variable" "$variable"; done | change_file "$SERVICES/$each.environment" 0600
}

# set_variable PATH NAME: prints its line
set_variable() {
	text=$(value "$1" && echo .)
	text=${text%.}
	case $2 in [0-9]* | *[!A-Za-z0-9_]*)
		complain "$1: not the name of a variable"
		return 0
		;;
	esac
	case $text in *[[:cntrl:]]*)
		complain "$1: one line of text is needed"
		return 0
		;;
	esac
	printf '%s="%s"\n' "$2" "$(printf %s "$text" | sed 's/\\/\\\\/g')"
}

# set_file PATH: an item of files
set_file() {
	target=$(word "$1/path")
	case $target in
	*/../* | */.. | */ | *//*) target='' ;;
	/etc/* | /opt/* | /run/* | /srv/* | /var/*) ;;
	*) target='' ;;
	esac
	[ -n "$target" ] || {
		complain "$1/path: a file below /etc, /opt, /run, /srv or /var is needed"
		return 0
	}
	case $(value "$1/content!") in binary | misshapen)
		complain "$1/content: text is needed"
		return 0
		;;
	esac
	kept=$SERVICES/$each.files$target
	mode=0644
	[ ! -e "$kept" ] || mode=$(stat -c %a "$kept")
	if has "$1/mode"; then
		mode=$(word "$1/mode")
		case $mode in 0[4-7][0-7][0145]) ;; *)
			complain "$1/mode: a mode is needed that lets its owner read and nobody else write, such as '0640'"
			return 0
			;;
		esac
	fi
	mkdir -p "${kept%/*}"
	value "$1/content" | change_file "$kept" "$mode"
}
