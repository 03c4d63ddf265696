# For flatten(): what of OpenStack's vendor_data.json and vendor_data2.json is for the machine's start, in the shapes that
# cloud-init takes: a text, a list of texts, or a map whose cloud-init is one of these. Its other keys are for other programs. A
# list becomes a MIME message.

function emit(path, value,  below) {
	if (path ~ /!$/ || value == "[]" || value == "{}") return
	below = sub(/^cloud-init\//, "", path)
	if (path ~ /^[0-9]+$/) part[count++] = value
	else if (path == "" || path == "cloud-init") text = value
	else if (below || path ~ /^[0-9]+\//) odd = 1
}

function finish(  n, boundary) {
	if (odd) {
		print "1: it is neither a text nor a list of texts" > "/dev/stderr"
		exit 1
	}
	if (count == 0 && text != "") print text
	if (count == 0) return
	boundary = "part"
	for (n = 0; n < count; n++) while (index(part[n], "--" boundary)) boundary = boundary "-"
	print "Content-Type: multipart/mixed; boundary=\"" boundary "\"\nMIME-Version: 1.0\n"
	for (n = 0; n < count; n++) print "--" boundary "\nContent-Type: text/plain\n\n" part[n]
	print "--" boundary "--"
}
