# shellcheck shell=dash
# shellcheck disable=SC2154 # registry, repository and hex are set by parse_image
# A registry, by the distribution specification of OCI, over https alone: curl checks its certificate. Nothing that is secret is in a
# command line. Needs containers.sh and flat.sh. work is a folder of its own; $IMAGES holds what is pulled.

MANIFEST_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'
MOST_MANIFEST=262144 # bytes, as flatten() takes them
MOST_TOKEN=65536

# open_registry: sets api to its address, and trust to the authorities that it may have its certificate from
open_registry() {
	case $registry in docker.io) api=https://registry-1.docker.io/v2 ;; *) api=https://$registry/v2 ;; esac
	authorization=''
	cat "$ROOT/etc/ssl/certs/ca-certificates.crt" "$REGISTRIES/$registry.ca" >"$work/trust" 2>/dev/null
	: >"$work/headers"
}

# ask URL FILE BYTES WORDS…: what is at an address, of at most so many bytes, to a file; behind what the file has. 0, or sets why: 1 where it
# may be there later, 2 where it will not.
ask() {
	url=$1 to=$2 most=$3
	shift 3
	header=''
	[ -z "$authorization" ] || header="header = \"Authorization: $authorization\""
	code=$(printf '%s\n' "$header" | curl --config - -fsSL --proto =https --proto-redir =https --max-redirs 5 --cacert "$work/trust" \
		--connect-timeout 30 --speed-limit 1 --speed-time 60 --max-filesize "$most" -C - -D "$work/headers" -w '%{http_code}' -o "$to" "$@" "$url" 2>"$work/complaint")
	status=$?
	why=$(sed -n 's/^curl: ([0-9]*) //p; q' "$work/complaint")
	why="$url: ${why:-curl ended with status $status}"
	case $status:$code in
	0:*) return 0 ;;
	22:408 | 22:429 | 22:5??) return 1 ;;
	33:* | 22:416) # what is there of it is of no use
		rm -f "$to"
		return 1
		;;
	22:* | 63:*) return 2 ;;
	60:* | 35:* | 77:*)
		why="$why; leanos/registries/$registry/ca of user-data names an authority"
		return 2
		;;
	*) return 1 ;;
	esac
}

# get PATH FILE BYTES WORDS…: of the repository, as whoever may have it
get() {
	path=$1 file=$2 limit=$3
	shift 3
	ask "$api/$repository/$path" "$file" "$limit" "$@" && return
	result=$?
	[ "$code" = 401 ] && [ -z "$authorization" ] || return "$result"
	authorize || return
	ask "$api/$repository/$path" "$file" "$limit" "$@"
}

# authorize: sets authorization to what the registry asks for
authorize() {
	challenge=$(sed -n 's/^[Ww][Ww][Ww]-[Aa]uthenticate: *//p' "$work/headers" | tr -d '\r' | head -n 1)
	login=''
	[ ! -s "$REGISTRIES/$registry.login" ] || login=$(cat "$REGISTRIES/$registry.login")
	case $challenge in
	[Bb]asic*)
		why="$registry wants a user and a password: leanos/registries/$registry of user-data"
		[ -n "$login" ] || return 2
		authorization="Basic $login"
		return 0
		;;
	[Bb]earer*) ;;
	*)
		why="$registry asks for an authorization that is not understood"
		return 2
		;;
	esac
	realm=$(parameter realm)
	case $realm in https://*) ;; *)
		why="$registry gives tokens at no https address"
		return 2
		;;
	esac
	[ -z "$login" ] || authorization="Basic $login"
	rm -f "$work/token"
	scope=$(parameter scope)
	ask "$realm" "$work/token" "$MOST_TOKEN" -G --data-urlencode "service=$(parameter service)" \
		--data-urlencode "scope=${scope:-repository:$repository:pull}" || {
		result=$?
		authorization=''
		return "$result"
	}
	flat=$work/token.flat
	flat_of "$work/token" >"$flat"
	authorization="Bearer $(word token "$(word access_token)")"
	case $authorization in 'Bearer ' | *[!A-Za-z0-9._~+/=\ -]*)
		authorization='' why="$realm gave no token"
		return 2
		;;
	esac
}

# parameter NAME: of the challenge
parameter() { printf '%s\n' "$challenge" | sed -n "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p"; }

# flat_of FILE: JSON as lines of PATH, tab, VALUE, whose keys are whole
flat_of() { flatten -v exact=1 -f "$ROOT/usr/lib/leanos/print.awk" "$1" 2>/dev/null; }

# get_manifest HEX FILE: an index or a manifest
get_manifest() {
	rm -f "$2"
	get "manifests/sha256:$1" "$2" "$MOST_MANIFEST" -H "Accept: $MANIFEST_TYPES" && must_be "$1" "$2"
}

# get_blob HEX FILE BYTES: what is there of it already is not fetched again
get_blob() {
	have=0
	[ ! -f "$2" ] || have=$(wc -c <"$2")
	[ "$have" -le "$3" ] || rm -f "$2"
	[ "$have" = "$3" ] || get "blobs/sha256:$1" "$2" "$3" || return
	must_be "$1" "$2"
}

# must_be HEX FILE: other bytes are of no use
must_be() {
	is=$(sha256sum <"$2")
	[ "${is%% *}" != "$1" ] || return 0
	why="$registry/$repository: sha256:$1 is asked for, and sha256:${is%% *} came: none of it is used"
	rm -f "$2"
	return 2
}
