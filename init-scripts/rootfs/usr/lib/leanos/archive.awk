# For flatten(): takes #cloud-config-archive apart as mime.awk does a message. Each item of the list is a part: a text, or a
# map of type and content. What says neither is cloud-config.

BEGIN { MOST_PARTS = 64 }

function emit(path, value,  part, key) {
	if (path !~ /^[0-9]+(\/[^\/]+)?$/) return odd(path)
	split(path, key, "/")
	part = key[1] + 0
	if (part >= count) count = part + 1
	if (path ~ /^[0-9]+$/ || key[2] == "content") text[part] = value
	else if (path ~ /\/content!$/ && value == "binary") encoding[part] = "base64"
	else if (key[2] == "type" && value ~ /^[!-~]+$/) type[part] = value
	else if (key[2] !~ /^(filename$|[^!]*!$)/) odd(path)
}

function odd(path) {
	if (path !~ /!$/) print "an archive's " (path == "" ? "list" : path) " is not understood and passed over" > "/dev/stderr"
}

function finish(  n, name) {
	for (n = 0; n < count && n < MOST_PARTS; n++) {
		name = sprintf("%s/%03d", dir, n)
		if (type[n] == "") type[n] = encoding[n] != "" || text[n] ~ /^[ \t\n]*#/ ? "text/plain" : "text/cloud-config"
		print type[n], (encoding[n] == "" ? "binary" : encoding[n]) > (name ".head")
		close(name ".head")
		printf "%s", text[n] > (name ".part")
		close(name ".part")
	}
	if (count > MOST_PARTS) print "more than " MOST_PARTS " parts; the rest is not read" > "/dev/stderr"
}
