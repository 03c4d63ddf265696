# For xml.awk and subtree.awk: the properties of an OVF environment (DSP0243 of DMTF, "OVF environment") that cloud-init takes, into files of dir.
# The first, its own PropertySection counts, not those of other machines.

function emit(path, value) {
	sub(/Property\/[0-9]+@/, "Property@", path)
	if (path == "Environment/PropertySection/Property@key") key = value
	else if (path == "Environment/PropertySection/Property@value") {
		text = value
		has_text = 1
	} else return
	if (key == "" || !has_text) return
	property[key] = text
	key = has_text = ""
}

function finish(  name) {
	put("instance-id", "instance-id")
	put("hostname", "local-hostname")
	put("local-hostname", "local-hostname")
	put("public-keys", "public-keys")
	put("user-data", "user-data")
	put("network-config", "network-config")
	if (property["seedfrom"] != "") print "seedfrom is passed over: what a seed says is in the properties" > "/dev/stderr"
	if (property["password"] != "") print "#cloud-config\npassword: " json_text(property["password"]) > (dir "/vendor-data")
}

function put(name, file) {
	if (property[name] == "") return
	print property[name] > (dir "/" file)
	close(dir "/" file)
}
