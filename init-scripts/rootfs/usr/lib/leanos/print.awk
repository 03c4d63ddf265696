# For flatten(): prints PATH, a tab, and the value on one line: \\, \n and \t stand for backslash, end of line and tab, so
# that printf %b gives the value back.

function emit(path, value,  n, size, piece) {
	if (value !~ /[\\\n\t]/) {
		print path "\t" value
		return
	}
	printf "%s\t", path
	size = length(value)
	for (n = 1; n <= size; n += 512) {
		piece = substr(value, n, 512)
		gsub(/\\/, "&&", piece)
		gsub(/\n/, "\\\\n", piece)
		gsub(/\t/, "\\\\t", piece)
		printf "%s", piece
	}
	print ""
}

function finish() {
}
