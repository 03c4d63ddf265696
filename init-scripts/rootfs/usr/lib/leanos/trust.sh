# shellcheck shell=dash
# shellcheck disable=SC2154,SC2034 # channel, offered, published, expires and pointer_digest are of the pointer that is judged, day
# is for whoever judges
# What only ever goes forward: whom this machine believes, and how far each channel has come. It is one file, $UPDATE/believed,
# which is replaced whole:
#   keys TIME                           when the pointer was published that said whom to believe
#   key NUMBER LINE                     who is believed
#   channel NAME VERSION TIME DIGEST    the newest pointer of a channel
#   end
# keys/NUMBER.pub has the same keys for signify, and for a version before this one. Needs update-state.sh, system.sh and flat.sh.
# Everything is found below $ROOT.

MOST_KEYS=16

# read_trust: sets trusted, keys_time and others (lines as above), and newest, newest_time and newest_digest of the channel
read_trust() {
	forget_trust
	while read -r kind name one two three; do
		case $kind in
		keys) keys_time=$name ;;
		key) if is_key_number "$name" && is_key "$one"; then add_key "$name" "$one"; else break; fi ;;
		channel) add_channel "$name" "$one" "$two" "$three" ;;
		end) [ -z "$trusted" ] || return 0 ;;
		esac
	done 2>/dev/null <"$UPDATE/believed"
	[ ! -e "$UPDATE/believed" ] || tell 'warning: update: what was remembered of the channels is damaged, and begun anew'
	adopt_trust
}

forget_trust() {
	trusted='' keys_time=- others='' newest='' newest_time=- newest_digest=-
}

add_key() {
	trusted="${trusted}key $1 $2
"
}

add_channel() {
	if [ "$1" = "$channel" ]; then
		newest=$2 newest_time=$3 newest_digest=$4
	else
		others="${others}channel $1 $2 $3 $4
"
	fi
}

# adopt_trust: what the disk came with, and what versions before this one kept: they moved folders of keys one after the other,
# and a power cut could leave none
adopt_trust() {
	forget_trust
	for folder in keys keys.new keys.old; do
		for file in "$UPDATE/$folder"/*.pub; do
			[ -f "$file" ] || continue
			{ read -r _ && read -r line; } <"$file" || [ -n "$line" ] || continue
			number=${file##*/}
			is_key "$line" && add_key "${number%.pub}" "$line"
		done
		[ -z "$trusted" ] || break
	done
	for file in "$UPDATE"/seen.*; do
		read -r seen <"$file" && is_version "$seen" && add_channel "${file##*/seen.}" "$seen" - -
	done 2>/dev/null
}

# keep_trust: on STATE, whole
keep_trust() {
	remember believed "keys $keys_time
$trusted${others}channel $channel $newest $newest_time $newest_digest
end" 2>/dev/null || refuse 'what is believed cannot be written to STATE, so nothing is done'
}

# spread_keys: keys/ is what is believed, whatever became of it
spread_keys() {
	[ -d "$UPDATE/keys" ] || { rm -rf "$UPDATE/keys" && mkdir "$UPDATE/keys"; }
	for file in "$UPDATE"/keys/*; do
		case $trusted in *"key $(key_number "$file") "*) ;; *) rm -rf "$file" ;; esac
	done
	while read -r _ number line; do
		[ -z "$number" ] || has_key "$UPDATE/keys/$number.pub" "$line" ||
			remember "keys/$number.pub" "untrusted comment: leanos public key
$line"
	done <<TEXT
$trusted
TEXT
	rm -rf "$UPDATE/keys.new" "$UPDATE/keys.old"
}

key_number() {
	number=${1##*/}
	case $number in *.pub) echo "${number%.pub}" ;; *) echo none ;; esac
}

has_key() {
	found=''
	{ read -r _ && read -r found; } 2>/dev/null <"$1"
	[ "$found" = "$2" ]
}

# is_key LINE: a public key of signify: Ed, a number of 8 bytes and 32 bytes, in base64
is_key() {
	case $1 in RW*[!A-Za-z0-9+/=]*) return 1 ;; RW*) [ ${#1} = 56 ] ;; *) return 1 ;; esac
}

# is_key_number TEXT: the number of a key, by which its file is named
is_key_number() {
	case $1 in *[!0-9a-f]*) return 1 ;; *) [ ${#1} = 16 ] ;; esac
}

# is_time TEXT: as JavaScript writes it, UTC
is_time() {
	case $1 in
	[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9]Z) ;;
	[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z) ;;
	*) return 1 ;;
	esac
}

# is_after A B: two such times
is_after() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a "" > b "") }'
}

# judge_time: sets day to the day that it is, and verdict to what the clock says of the pointer. It is never earlier than what was
# believed before, whatever the clock of this machine says.
judge_time() {
	is_time "$published" && is_time "$expires" || refuse 'it does not say when it was published and when it expires' || return
	verdict=$(TZ=UTC0 awk -v now="$(date +%s)" -v seen="$newest_time" -v published="$published" -v expires="$expires" '
		function seconds(time) {
			time = substr(time, 1, 19)
			gsub(/[-T:]/, " ", time)
			return mktime(time)
		}
		BEGIN {
			behind = seen != "-" && seconds(seen) > now
			if (behind) now = seconds(seen)
			printf "%d ", now / 86400
			if (seconds(expires) <= now) print "expired"
			else if (seconds(published) > now + 2 * 86400) print "early"
			else print behind ? "behind" : "good"
		}')
	day=${verdict% *} verdict=${verdict#* }
	case $verdict in
	expired) refuse "it expired at $expires: somebody may be holding newer ones back" ;;
	early) refuse "it was published at $published, which is in the future; is the clock of this machine right?" ;;
	behind) tell "warning: update: the clock of this machine is behind: $newest_time has been" ;;
	esac
}

# judge_order: whether the pointer comes after the newest one that was believed, or is that one
judge_order() {
	[ -z "$newest" ] || ! is_newer "$newest" "$offered" ||
		refuse "it gives $offered, and this channel gave $newest before: a channel never goes back" || return
	[ "$newest_time" != - ] || return 0
	! is_after "$newest_time" "$published" ||
		refuse "it was published at $published, and this channel gave one of $newest_time before: a channel never goes back" || return
	[ "$newest_time" != "$published" ] || [ "$newest_digest" = "$pointer_digest" ] ||
		refuse "it says other things than the one that was published at $published too"
}

# take_pointer: it is the newest of its channel from now on; where no later one has said whom to believe, it does
take_pointer() {
	before=$trusted$newest$newest_time$newest_digest
	newest=$offered newest_time=$published newest_digest=$pointer_digest
	if [ "$keys_time" = - ] || is_after "$published" "$keys_time"; then take_keys; fi
	[ "$before" = "$trusted$newest$newest_time$newest_digest" ] || keep_trust || return
	spread_keys
}

# take_keys: who is believed says who is believed from now on
take_keys() {
	earlier=$trusted trusted=''
	for index in $(items keys | head -n "$MOST_KEYS"); do
		key=$(word "keys/$index")
		is_key "$key" || continue
		number=$(printf %s "$key" | base64 -d 2>/dev/null | dd bs=1 skip=2 count=8 2>/dev/null | hexdump -v -e '1/1 "%02x"')
		[ "${#number}" != 16 ] || add_key "$number" "$key"
	done
	if [ -n "$trusted" ]; then keys_time=$published; else trusted=$earlier; fi
}
