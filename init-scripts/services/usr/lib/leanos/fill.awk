# Fills in a template: `{{ WORD }}` becomes the value of the first file, lines of WORD, tab, VALUE; `v1.` and `ds.meta_data.` before a
# word mean nothing, "-" is "_". Nothing else of a template is looked at, and a value is never looked at again. Says on stderr what is
# not known, or has no value: nothing stands there then.

NR == FNR {
	value[$1] = $2
	next
}

{
	pieces = split($0, piece, /[{][{]/)
	printf "%s", piece[1]
	for (n = 2; n <= pieces; n++) put(piece[n])
	print ""
}

# put: what stands behind "{{", which a further "{" is before
function put(text) {
	while (text ~ /^[{]/) {
		printf "{"
		text = substr(text, 2)
	}
	if (match(text, /^[^{}]*[}][}]/)) printf "%s%s", value_of(substr(text, 1, RLENGTH - 2)), substr(text, RLENGTH + 1)
	else printf "{{%s", text
}

function value_of(text,  word) {
	word = text
	gsub(/[ \t]/, "", word)
	sub(/^(v1|ds[.]meta_data)[.]/, "", word)
	gsub(/-/, "_", word)
	if (!(word in value)) print "{{" text "}} is not known" > "/dev/stderr"
	else if (value[word] == "") print "this instance has no " word > "/dev/stderr"
	return value[word]
}
