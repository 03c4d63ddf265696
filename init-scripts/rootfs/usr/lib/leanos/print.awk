# For flatten.awk: prints PATH, a tab, and the value on one line: \\, \n and \t stand for backslash, end of line and tab, so
# that printf %b gives the value back.

function emit(path, value) {
	gsub(/\\/, "&&", value)
	gsub(/\n/, "\\\\n", value)
	gsub(/\t/, "\\\\t", value)
	print path "\t" value
}

function finish() {
}
