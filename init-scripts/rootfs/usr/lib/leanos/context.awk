# Reads variables of a shell, NAME=VALUE in any quotes, and runs nothing: sets variable[NAME], then calls finish() of another
# file. What is no such line, and a value that a shell would put something into, is said and passed over.
# The time it takes grows as the text does: a line is cut up at its quotes, so they are counted; values come together in pieces.

BEGIN {
	MOST_CUTS = 2048 # of a line
	MOST_COMPLAINTS = 20
	PIECE = 512
}

{
	sub(/\r$/, "")
	if (name != "" && !joined) append("\n")
	joined = 0
	rest = $0
	for (cuts = 0; rest != "" && cuts < MOST_CUTS; cuts++) cut()
	if (rest != "") pass_over("has too many quotes")
	else if (name != "" && quote == "" && !joined) keep()
}

END {
	if (name != "") complain("ends, and the value of " name " does not")
	if (complaints > MOST_COMPLAINTS) print complaints - MOST_COMPLAINTS " more are passed over" > "/dev/stderr"
	finish()
}

# cut: takes what is at the beginning of rest
function cut() {
	if (name == "") begin()
	else if (quote == "") out_of_quotes()
	else in_quotes()
}

function complain(text) {
	if (++complaints <= MOST_COMPLAINTS) print "line " NR " " text > "/dev/stderr"
}

function pass_over(why) {
	complain(why ", and is passed over")
	name = quote = rest = ""
}

function begin() {
	sub(/^[ \t;]+/, "", rest)
	if (rest ~ /^#/) rest = ""
	if (rest == "") return
	sub(/^export[ \t]+/, "", rest)
	if (!match(rest, /^[A-Za-z_][A-Za-z0-9_]*=/)) return pass_over("sets no variable")
	name = substr(rest, 1, RLENGTH - 1)
	rest = substr(rest, RLENGTH + 1)
	value = piece = needs_shell = ""
}

function append(text) {
	piece = piece text
	if (length(piece) < PIECE) return
	value = value piece
	piece = ""
}

function keep() {
	if (needs_shell) complain("sets " name " to what a shell would work out, and is passed over")
	else variable[name] = value piece
	name = ""
}

# upto: takes what is before the sign at AT, and the sign, which it gives; where AT is 0, all there is, and gives nothing
function upto(at,  sign) {
	if (!at) {
		append(rest)
		return rest = ""
	}
	append(substr(rest, 1, at - 1))
	sign = substr(rest, at, 1)
	rest = substr(rest, at + 1)
	return sign
}

# escaped: takes the character after a backslash; the end of the line is none
function escaped() {
	if (rest == "") joined = 1
	append(substr(rest, 1, 1))
	rest = substr(rest, 2)
}

function out_of_quotes(  sign) {
	sign = upto(match(rest, /['"\\$`;&|<>() \t]/))
	if (sign == "'" || sign == "\"") quote = sign
	else if (sign == "\\") escaped()
	else if (sign ~ /[ \t;]/) keep()
	else if (sign != "") pass_over("is for a shell to work out")
}

function in_quotes(  sign) {
	sign = upto(quote == "'" ? index(rest, quote) : match(rest, /["\\$`]/))
	if (sign == quote) quote = ""
	else if (sign == "\\" && rest ~ /^(["\\$`]|$)/) escaped()
	else {
		if (sign == "`" || sign == "$" && rest ~ /^[A-Za-z0-9_({@*#?$!-]/) needs_shell = 1
		append(sign)
	}
}
