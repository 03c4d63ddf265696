# shellcheck shell=dash
# IMDSv2, the tokens of EC2's metadata service. Needs http.sh, and gives it its header.

TOKEN_SECONDS=21600 # the longest there is (EC2 user guide, "Use IMDSv2")

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

# renew_header: of every request, with a token of IMDSv2. BusyBox's wget has no PUT, so this is HTTP by hand. 1 where the service
# has none.
renew_header() {
	host_and_port "$SERVICE"
	token=$(printf 'PUT /latest/api/token HTTP/1.0\r\nHost: %s\r\nX-aws-ec2-metadata-token-ttl-seconds: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' \
		"$host" "$TOKEN_SECONDS" | timeout 3 nc -w 2 "$host" "$port" 2>/dev/null | read_token)
	# shellcheck disable=SC2034 # http.sh sends it
	[ -n "$token" ] && HEADER="X-aws-ec2-metadata-token: $token"
}

# read_token: prints the token of an answer
read_token() {
	# shellcheck disable=SC3045 # BusyBox's ash has -n: a hostile line may have no end
	{
		read -r -n 4096 line
		case $line in 'HTTP/1.'[01]' 200'*) ;; *) return ;; esac
		while read -r -n 4096 line && [ ${#line} -gt 1 ]; do :; done # \r is all of the line that ends the head
		read -r -n 4096 line
	}
	echo "${line%%[!A-Za-z0-9=_/+-]*}"
}
