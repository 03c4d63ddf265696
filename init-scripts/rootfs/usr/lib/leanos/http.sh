# shellcheck shell=dash
# Metadata services over HTTP. Needs seed.sh. A service may be slow, broken or hostile: every request has a time and a size.

command -v stall_after >/dev/null || . "$ROOT/usr/lib/leanos/wget.sh"

# The addresses that EC2 and OpenStack answer on; IF stands for each network card in turn.
METADATA_URLS=${METADATA_URLS:-http://169.254.169.254 http://[fd00:ec2::254] http://[fe80::a9fe:a9fe%IF]}
HEADER=''  # of every request
PROBED=''  # the path that find_service has asked for
MISSING='' # a path that get_ahead has asked for and the service does not have

REQUEST_SECONDS=${REQUEST_SECONDS:-20} # for one answer, to its last byte
FETCH_SECONDS=${FETCH_SECONDS:-120}    # for all of them, from the first one on
ITEM_BYTES=16384                       # of what is one of a list
limit=$MOST_BYTES                      # of this request
late='' fetch_end=''                   # whether, and when, the service has had its time

# shown_url URL: without what may be a secret in it: a name and password before the host, and what follows a question mark
shown_url() {
	shown=${1%%[?#]*}
	host=${shown#*://}
	host=${host%%/*}
	printf %s "${shown%%"$host"*}${host##*@}${shown#*"$host"}"
}

# http_get URL FILE: the body into FILE. 0 when all of it came, 4 when there is none to be had, 5 when the service wants a
# token, 1 when it should be asked again; what is in FILE then is not all.
http_get() {
	stall_after 3
	case $1 in
	http://*) { complaint=$(get_plain -O "$2" "$1" 2>&1); } 2>/dev/null ;; # the shell tells of a signal that ended it
	https://*) get_checked "$@" ;;
	*) return 4 ;;
	esac
	status=$?
	[ -d "${2%/*}" ] || exit 1 # nobody waits for the answer any more
	case $status-$complaint in
	0-) ;;
	"$TOO_LARGE"-* | *'File too large'* | *'file size exceeded'*)
		warn "$(shown_url "$1") is larger than $limit bytes and is not read"
		return 4
		;;
	*'HTTP/1.'[01]' 40'[034]* | *'returned error: 40'[034]* | *'without curl') return 4 ;;
	*'HTTP/1.'[01]' 401'*) return 5 ;;
	*) return 1 ;;
	esac
}

TOO_LARGE=153 # SIGXFSZ, which ends what writes more than ulimit allows

# get_plain -O FILE URL, or -P FOLDER URL…: says what is wrong. Starting a program is the dearest part of a request, so it is
# one alone. Needs stall_after. Ends the shell.
get_plain() {
	ulimit -f $((limit / 512))
	# shellcheck disable=SC2086 # words
	exec timeout "$REQUEST_SECONDS" wget -q $stall ${HEADER:+--header "$HEADER"} "$@"
}

# get_checked URL FILE: the same over https, into complaint. BusyBox does not look at certificates, so it needs curl.
get_checked() {
	if command -v curl >/dev/null; then
		{ complaint=$(ulimit -f $((limit / 512)) && timeout "$REQUEST_SECONDS" \
			curl -fsSL --proto =https --max-filesize "$limit" -o "$2" "$1" 2>&1); } 2>/dev/null
	else
		complaint="cannot check the certificate of $(shown_url "$1") without curl"
		warn "$complaint"
	fi
}

# url_of SERVICE PATH: sets url to where it is. A seed's address may hold %s for the path, or end with a query that the path
# belongs to.
url_of() {
	case $1 in
	*%s*) url=${1%%%s*}$2${1#*%s} ;;
	*\?* | */) url=$1$2 ;;
	*) url=$1/$2 ;;
	esac
}

# in_time: whether the service may be asked for more: one that stumbles at each request keeps nobody for ever
in_time() {
	now=''
	{ read -r now _ <"$ROOT/proc/uptime"; } 2>/dev/null
	now=${now%.*}
	: "${fetch_end:=$((${now:-0} + FETCH_SECONDS))}"
	[ "${now:-0}" -ge "$fetch_end" ] || return 0
	[ -n "$late" ] || warn "$1 and whatever follows is not read: $FETCH_SECONDS seconds are over"
	late=1
	return 1
}

# get PATH NAME [BYTES]: from the service that was found into DIR/NAME, where it is not larger; asks again for a while where the
# service stumbles, and with a new header where it wants one
get() {
	[ "$1" != "$PROBED" ] || [ ! -s "$DIR/$2" ] || return 0
	! came_ahead "$1" "$2" || return "$status"
	wait_for_turn
	limit=${3:-$MOST_BYTES}
	room "$limit" "$1" || return 4
	tries=0
	url_of "$SERVICE" "$1"
	asked=$url
	while in_time "$1"; do
		http_get "$asked" "$DIR/$2"
		status=$?
		[ "$status" != 0 ] || [ ! -s "$DIR/$2" ] || return 0
		[ ! -e "$DIR/$2" ] || rm -f "$DIR/$2"
		case $status in 0 | 4) return "$status" ;; esac
		tries=$((tries + 1))
		[ "$tries" -lt 5 ] || {
			warn "no answer to $(shown_url "$asked")"
			return 1
		}
		[ "$status" = 5 ] && renew_header && continue
		nap 1
	done
	return 1
}

# decode_whole NAME: what is base64 and nothing else is what was encoded, as cloud-init takes it
decode_whole() {
	[ -s "$DIR/$1" ] || return 0
	# shellcheck disable=SC3045 # BusyBox's ash has it
	read -r -n 1024 line <"$DIR/$1"
	case $line in '' | *[!A-Za-z0-9+/=]*) return 0 ;; esac
	! tr -d 'A-Za-z0-9+/=\r\n' <"$DIR/$1" | grep -q . || return 0
	! base64 -d "$DIR/$1" >"$DIR/plain.list" 2>/dev/null || mv "$DIR/plain.list" "$DIR/$1"
	rm -f "$DIR/plain.list"
}

# get_all FOLDER ALSO PATHS…: each into a FOLDER below DIR, under the last part of its name; ALSO is a path that comes ahead with
# them, or ''
get_all() {
	folder=$1 also=$2
	shift 2
	get_ahead "$ITEM_BYTES" "$@" ${also:+"$also"}
	for path; do get "$path" "$folder/${path##*/}" "$ITEM_BYTES" || :; done
}

# get_ahead BYTES PATHS…: by one program what get() will be asked for, where none is larger. It ends at the first that the service
# does not have: that is in MISSING then, and get() asks for those behind it.
get_ahead() {
	limit=$1
	shift
	for path; do
		shift
		[ "$path" = "$PROBED" ] || set -- "$@" "$path"
	done
	wait_for_turn
	[ $# -gt 1 ] && room $((limit * $#)) "$1" || return 0
	[ ! -d "$DIR/.ahead" ] || rm -rf "$DIR/.ahead"
	mkdir "$DIR/.ahead" 2>/dev/null || exit 1 # nobody waits for the answer any more
	complaint=''
	get_together "$@" && return
	case $complaint in *'HTTP/1.'[01]' 404'*) ;; *) rm -rf "$DIR/.ahead" && return ;; esac # the last of it may be a half
	for path; do
		[ -e "$DIR/.ahead/${path##*/}" ] || break
	done
	MISSING=$path
}

# get_together PATHS…: into DIR/.ahead; 1, and complaint, where one of them did not come
get_together() {
	for path; do
		shift
		url_of "$SERVICE" "$path"
		set -- "$@" "$url"
	done
	case $1 in http://*) ;; *) return 1 ;; esac
	stall_after 3
	{ complaint=$(get_plain -P "$DIR/.ahead" "$@" 2>&1); } 2>/dev/null
}

# came_ahead PATH NAME: 0 where get_ahead knows of it, with what get() says of it in status
came_ahead() {
	[ "$1" = "$MISSING" ] && status=4 && return
	[ -f "$DIR/.ahead/${1##*/}" ] && status=0 || return
	if [ -s "$DIR/.ahead/${1##*/}" ]; then mv "$DIR/.ahead/${1##*/}" "$DIR/$2"; else rm "$DIR/.ahead/${1##*/}"; fi
}

# wait_for_turn: OpenStack's service is EC2's as well, and only the first of the list is wanted: a datasource reads nothing
# while one before it in the list does
wait_for_turn() {
	for before in ${list:-}; do
		[ "$before" != "$DATASOURCE" ] || return 0
		while [ -e "$search/$before.reads" ] && [ ! -e "$search/$before.none" ]; do nap 0.5; done
	done
}

# let_try NAME: until another datasource of the list, which asks the same addresses and goes before this one, has asked them once.
# Two that ask side by side take longer for the first. 1 where the search is over.
let_try() {
	case " ${list:-} " in *" $1 "*"$DATASOURCE "*) ;; *) return 0 ;; esac
	case " ${seems:-} " in *" $1 "*) ;; *) return 0 ;; esac
	until [ -e "$search/$1.tried" ] || [ -e "$search/$1.none" ]; do
		[ -d "$search" ] || return 1
		nap 0.2
	done
}

# host_and_port URL: sets host and port
# shellcheck disable=SC2034 # for whoever asks without wget
host_and_port() {
	host=${1#http://}
	host=${host%%/*}
	port=80
	case $host in
	\[*\]:*) port=${host##*]:} host=${host%:*} ;;
	\[*\]) ;;
	*:*) port=${host#*:} host=${host%:*} ;;
	esac
	host=${host#\[}
	host=${host%\]}
}

# reach_service: what a cloud needs before each try to find its service
reach_service() {
	:
}

# renew_header: sets HEADER to what a service wants before it says anything; a datasource whose service wants one has its own. 1
# where there is none.
renew_header() {
	return 1
}

# service_urls: the addresses, with the names of this machine's cards
service_urls() {
	for url in $METADATA_URLS; do
		case $url in
		*%IF*)
			for link in "$ROOT"/sys/class/net/*; do
				[ ! -e "$link/device" ] || echo "${url%%%IF*}%${link##*/}${url#*%IF}"
			done
			;;
		*) echo "$url" ;;
		esac
	done
}

# has_answered: sets SERVICE to an address that has, and probe to the number of its probe
has_answered() {
	probe=0
	while [ "$probe" -lt "$probes" ]; do
		probe=$((probe + 1))
		[ ! -s "$DIR/.probe/$probe.url" ] || {
			read -r SERVICE <"$DIR/.probe/$probe.url"
			return 0
		}
	done
	return 1
}

# find_service PATH NAME TRIES: sets SERVICE to the address that answers to PATH first. They are asked side by side, but the
# first has a head start; and again and again, with pauses that grow to 10 seconds; TRIES 0 is for ever. The answer is in
# DIR/NAME, unless the service wants a token. 1 also where one says three times that it has no such PATH.
find_service() {
	stall_after 3 # here, once, and not in the shell of each probe
	pause=0
	round=0
	absent=0
	while :; do
		[ ! -d "$DIR/.probe" ] || rm -rf "$DIR/.probe"
		mkdir "$DIR/.probe" 2>/dev/null || return 1 # the search is over
		reach_service
		probes=0
		for url in $(service_urls); do
			probes=$((probes + 1))
			service=$url
			url_of "$service" "$1"
			probe "$probes" "$url" "$service" &
			[ "$probes" = 1 ] && first_answers && break
		done
		wait_for_answer && break
		wait
		[ -z "${search:-}" ] || : >"$search/$DATASOURCE.tried"
		for answer in "$DIR"/.probe/*.none; do
			[ -f "$answer" ] && read -r said <"$answer" && [ "$said" = 4 ] && absent=$((absent + 1))
		done
		[ "$absent" -lt 3 ] || return 1
		round=$((round + 1))
		[ "$3" = 0 ] || [ "$round" -lt "$3" ] || return 1
		nap "$pause.2"
		[ "$pause" -ge 10 ] || [ $((round % 5)) != 0 ] || pause=$((pause + 1))
	done
	[ -z "${search:-}" ] || : >"$search/$DATASOURCE.reads"
	[ ! -s "$DIR/.probe/$probe" ] || { mv "$DIR/.probe/$probe" "$DIR/$2" && PROBED=$1; }
	rm -rf "$DIR/.probe"
	wait_for_turn # not get() alone: a token is asked for before it
}

# first_answers: a second for the first address: where it answers, asking the others costs more than it brings. 1 where it does
# not
first_answers() {
	naps=0
	until has_answered || [ -e "$DIR/.probe/1.none" ] || [ "$naps" -ge 20 ]; do
		naps=$((naps + 1))
		nap 0.05
	done
	has_answered
}

# wait_for_answer: until a probe has one, or all have none: 1. One that swallows packets need not be waited for when another
# has answered. BusyBox's wait -n does not see those that end with another status than 0: a probe never does.
wait_for_answer() {
	running=$probes
	until has_answered; do
		[ "$running" -gt 0 ] || return 1
		# shellcheck disable=SC3045 # BusyBox's ash has it
		wait -n
		running=$((running - 1))
	done
}

# probe NUMBER URL SERVICE: leaves NUMBER.url where a service answers at all, also when it wants a token; else NUMBER.none, with
# what http_get ended with
probe() {
	http_get "$2" "$DIR/.probe/$1"
	said=$?
	case $said in
	0 | 5) echo "$3" >"$DIR/.probe/$1.url" ;;
	*) echo "$said" >"$DIR/.probe/$1.none" ;;
	esac
}
