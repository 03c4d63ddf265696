# shellcheck shell=dash
# shellcheck disable=SC2154 # flat is set by open_config
# A document that flatten.awk and print.awk have read: lines of PATH, tab, VALUE in the file $flat. After a value that is not text
# comes PATH!, tab, and null, bool, int, float or binary.

# value PATH: the text there, exactly; 1 where there is none
value() {
	raw=$(awk -F '\t' -v path="$1" '$1 == path { print "=" substr($0, length(path) + 2); exit }' "$flat")
	[ -n "$raw" ] || return 1
	printf %b "${raw#=}"
}

# word PATH [OTHERWISE]: the text there on one line
word() {
	value "$1" | head -n 1 | grep . || printf %s "${2:-}"
}

# has PATH: whether there is anything at the path or below it
has() {
	awk -F '\t' -v path="$1" '$1 == path || index($1, path "/") == 1 { found = 1; exit } END { exit !found }' "$flat"
}

# items PATH: the names below a path, in their order
items() {
	awk -F '\t' -v path="$1" '
		path == "" || index($1, path "/") == 1 {
			rest = path == "" ? $1 : substr($1, length(path) + 2)
			sub(/\/.*/, "", rest)
			if (rest !~ /!$/ && !seen[rest]++) print rest
		}' "$flat"
}

# is_true PATH / is_false PATH: as YAML 1.1 has it
is_true() { case $(word "$1") in [Tt]rue | TRUE | [Yy]es | YES | [Oo]n | ON | 1) ;; *) return 1 ;; esac }

is_false() { case $(word "$1") in [Ff]alse | FALSE | [Nn]o | NO | [Oo]ff | OFF | 0) ;; *) return 1 ;; esac }

# lines_of PATH: the items of a list, or the lines of one text; 1 where there are none
lines_of() {
	printf %b "$(awk -F '\t' -v path="$1" '
		$1 == path || (index($1, path "/") == 1 && substr($1, length(path) + 2) !~ /[\/!]/) {
			printf "%s\\n", substr($0, length($1) + 2)
		}' "$flat")" | grep .
}
