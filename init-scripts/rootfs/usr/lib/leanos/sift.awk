# For understood.awk: reads a flat document and prints what is understood of it.

{
	split($0, part, "\t")
	path_of[++values] = part[1]
	value_of[values] = substr($0, length(part[1]) + 2)
}

END {
	sift()
	for (n = 1; n <= values; n++) if (!(n in dropped)) print path_of[n] "\t" value_of[n]
}
