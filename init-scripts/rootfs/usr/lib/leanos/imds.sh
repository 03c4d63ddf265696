# shellcheck shell=dash
# shellcheck disable=SC2154 # host and port are the result of host_and_port
# IMDSv2, the tokens of EC2's metadata service and of those that have them under another name. Needs http.sh, and gives it its
# header.

TOKEN_HEADER=X-aws-ec2-metadata-token
TOKEN_SECONDS=21600 # the longest there is (EC2 user guide, "Use IMDSv2")

# renew_header: of every request, with a token of IMDSv2. BusyBox's wget has no PUT, so this is HTTP by hand. 1 where the service
# has none.
renew_header() {
	host_and_port "$SERVICE"
	token=$(printf 'PUT /latest/api/token HTTP/1.0\r\nHost: %s\r\n%s-ttl-seconds: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' \
		"$host" "$TOKEN_HEADER" "$TOKEN_SECONDS" | timeout 3 nc -w 2 "$host" "$port" 2>/dev/null | read_token)
	# shellcheck disable=SC2034 # http.sh sends it
	[ -n "$token" ] && HEADER="$TOKEN_HEADER: $token"
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
