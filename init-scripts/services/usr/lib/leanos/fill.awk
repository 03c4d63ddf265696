# Fills in a template: `{{ WORD }}` becomes the value of the first file, lines of WORD, tab, VALUE; `v1.` and `ds.meta_data.` before a
# word mean nothing, "-" is "_". Nothing else of a template is looked at, and a value is never looked at again. Says on stderr what is
# not known, or has no value: nothing stands there then.

NR == FNR {
	value[$1] = $2
	next
}

{
	filled = ""
	while (match($0, /[{][{][^{}]*[}][}]/)) {
		filled = filled substr($0, 1, RSTART - 1) value_of(substr($0, RSTART + 2, RLENGTH - 4))
		$0 = substr($0, RSTART + RLENGTH)
	}
	print filled $0
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
