# shellcheck shell=dash
# Metadata services over HTTP. Needs seed.sh. A service may be slow, broken or hostile: every request has a time and a size.

# The addresses that EC2 and OpenStack answer on; IF stands for each network card in turn.
METADATA_URLS=${METADATA_URLS:-http://169.254.169.254 http://[fd00:ec2::254] http://[fe80::a9fe:a9fe%IF]}
TOKEN='' TOKEN_SECONDS=21600 # the longest there is (EC2 user guide, "Use IMDSv2")

REQUEST_SECONDS=${REQUEST_SECONDS:-20} # for one answer, to its last byte

# http_get URL FILE: the body into FILE. 0 when all of it came, 4 when there is none to be had, 5 when the service wants a
# token, 1 when it should be asked again.
http_get() {
	case $1 in
	http://*) get_plain "$@" ;;
	https://*) get_checked "$@" ;;
	*) return 4 ;;
	esac
	status=$?
	[ -d "${2%/*}" ] || exit 1 # nobody waits for the answer any more
	complaint=$(cat "$2.error")
	rm -f "$2.error"
	case $complaint in
	'') ;;
	*'HTTP/1.'[01]' 40'[034]* | *'returned error: 40'[034]* | *'without curl') return 4 ;;
	*'HTTP/1.'[01]' 401'*) return 5 ;;
	*) return 1 ;;
	esac
	[ "$(stat -c %s "$2")" -le "$MOST_BYTES" ] || {
		warn "$1 is larger than $MOST_BYTES bytes and is not read"
		rm -f "$2"
		return 4
	}
	return "$status"
}

# get_plain URL FILE: what it complains of goes to FILE.error. A request that is cut off by its time leaves a part and no
# complaint, only its status.
get_plain() (
	# shellcheck disable=SC3040 # BusyBox's ash has it
	set -o pipefail
	timeout "$REQUEST_SECONDS" wget -q -T 3 -O - ${TOKEN:+--header "X-aws-ec2-metadata-token: $TOKEN"} "$1" 2>"$2.error" |
		head -c $((MOST_BYTES + 1)) >"$2" || return 1
) 2>/dev/null # of a search that is over the folder is gone

# get_checked URL FILE: BusyBox does not look at certificates, so it needs curl
get_checked() {
	if command -v curl >/dev/null; then
		timeout "$REQUEST_SECONDS" curl -fsSL --max-filesize "$MOST_BYTES" -o "$2" "$1" 2>"$2.error" || return 1
	else
		echo "cannot check the certificate of $1 without curl" >"$2.error"
		warn "$(cat "$2.error")"
	fi
}

# get PATH NAME: from the service that was found into DIR/NAME; asks again for a while where the service stumbles, and for a
# new token where the old one has expired
get() {
	tries=0
	while :; do
		http_get "$SERVICE/$1" "$DIR/$2"
		case $? in
		0)
			[ -s "$DIR/$2" ] || rm -f "$DIR/$2"
			return 0
			;;
		4)
			rm -f "$DIR/$2"
			return 4
			;;
		5) renew_token || tries=$((tries + 1)) ;;
		*) tries=$((tries + 1)) ;;
		esac
		rm -f "$DIR/$2"
		[ "$tries" -lt 5 ] || {
			warn "no answer to $SERVICE/$1"
			return 1
		}
		sleep 1
	done
}

# host_and_port URL: sets host and port
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

# renew_token: an IMDSv2 token into TOKEN. BusyBox's wget has no PUT, so this is HTTP by hand. 1 where the service has none.
renew_token() {
	TOKEN=''
	host_and_port "$SERVICE"
	answer=$(printf 'PUT /latest/api/token HTTP/1.0\r\nHost: %s\r\nX-aws-ec2-metadata-token-ttl-seconds: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' \
		"$host" "$TOKEN_SECONDS" | timeout 3 nc -w 2 "$host" "$port" 2>/dev/null | head -c 4096 | tr -d '\r')
	case $answer in 'HTTP/1.'[01]' 200'*) ;; *) return 1 ;; esac
	TOKEN=$(printf %s "$answer" | sed '1,/^$/d' | head -n 1 | tr -cd 'A-Za-z0-9=_/+-')
	[ -n "$TOKEN" ]
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

# has_answered: sets SERVICE to an address that has
has_answered() {
	for answer in "$DIR"/.probe/*.url; do
		[ ! -f "$answer" ] || {
			read -r SERVICE <"$answer"
			return 0
		}
	done
	return 1
}

# find_service PATH TRIES: sets SERVICE to the address that answers to PATH first, all asked side by side, again and again with
# pauses that grow to 10 seconds; TRIES 0 is for ever. 1 also where a service says three times that it has no such PATH.
find_service() {
	pause=0
	round=0
	absent=0
	while :; do
		rm -rf "$DIR/.probe"
		mkdir "$DIR/.probe" 2>/dev/null || return 1 # the search is over
		probes=0
		for url in $(service_urls); do
			probe "$url" "$1" &
			probes=$((probes + 1))
		done
		# One that swallows packets need not be waited for when another has answered. BusyBox's wait -n does not see those
		# that end with another status than 0: a probe never does.
		until has_answered || [ "$probes" = 0 ]; do
			# shellcheck disable=SC3045 # BusyBox's ash has it
			wait -n
			probes=$((probes - 1))
		done
		! has_answered || {
			rm -rf "$DIR/.probe"
			return 0
		}
		wait
		for answer in "$DIR"/.probe/*.absent; do
			[ ! -f "$answer" ] || absent=$((absent + 1))
		done
		[ "$absent" -lt 3 ] || return 1
		round=$((round + 1))
		[ "$2" = 0 ] || [ "$round" -lt "$2" ] || return 1
		sleep "$pause.2"
		[ "$pause" -ge 10 ] || [ $((round % 5)) != 0 ] || pause=$((pause + 1))
	done
}

# probe URL PATH: leaves its address where a service answers at all, also when it wants a token
probe() {
	SERVICE=$1
	answer=$DIR/.probe/$(echo "$1" | tr -c 'a-z0-9\n' _)
	http_get "$1/$2" "$answer"
	case $? in
	0 | 5) echo "$1" >"$answer.new" && mv "$answer.new" "$answer.url" ;;
	4) : >"$answer.absent" ;;
	esac
}
