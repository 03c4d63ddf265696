# shellcheck shell=dash
# shellcheck disable=SC2154 # flat is set by open_config
# A document that flatten() and print.awk have read: lines of PATH, tab, VALUE in the file $flat. After a value that is not text
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

# each_item PATH COMMAND…: runs COMMAND with PATH/NAME for each item of a list. $flat holds the rows of that item alone then, for
# every look at a value reads all of $flat.
each_item() {
	parent_path=$1 whole=$flat item_number=0
	shift
	for item_name in $(split_items "$parent_path"); do
		flat=$whole.items/$item_number
		item_number=$((item_number + 1))
		"$@" "$parent_path/$item_name"
	done
	flat=$whole
}

# split_items PATH: the rows of each item into a file of its own, $flat.items/0 and so on; prints their names
split_items() {
	mkdir -p "$flat.items"
	awk -F '\t' -v path="$1/" -v folder="$flat.items" '
		index($1, path) == 1 {
			name = substr($1, length(path) + 1)
			sub(/[\/!].*/, "", name)
			if (!(name in number)) {
				if ($1 ~ /!$/) next
				number[name] = count++
				print name
			}
			file = folder "/" number[name]
			if (file != last) close(last)
			last = file
			if (begun[file]++) print >>file
			else print >file
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
