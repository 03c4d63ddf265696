# For flatten() and understood.awk: the facts of an instance, from NoCloud's meta-data, EC2's or OpenStack's meta_data.json. Each
# goes into a file of dir; a list is one item a line. Values are text and nothing else: none is ever run. Where table is a
# file, what it does not list is said, and not taken.

BEGIN {
	# Where a fact has several names, a later one takes the place of an earlier one.
	split("uuid instance_id instance-id", names)
	for (n in names) name_of(names[n], "instance-id", n)
	split("hostname local_hostname local-hostname", names)
	for (n in names) name_of(names[n], "local-hostname", n)
	split("name availability_zone availability-zone launch_index launch-index ami-launch-index random_seed network-interfaces " \
		"instance-type public-hostname project_id seedfrom dsmode network_config/content_path", names)
	for (n in names) name_of(names[n], names[n], 1)
	name_of("availability_zone", "availability-zone", 1)
	name_of("launch_index", "launch-index", 1)
	name_of("ami-launch-index", "launch-index", 1)
	name_of("random_seed", "random-seed.base64", 1)
	name_of("network_config/content_path", "network-interfaces.path", 1)
}

function name_of(key, file, rank) {
	file_of[key] = file
	rank_of[key] = rank
}

function emit(path, value) {
	said_path[++said] = path
	said_value[said] = value
	if (path == "") no_map = 1
}

function take(path, value,  file) {
	if (path ~ /!$/) return
	if (path in file_of) {
		file = file_of[path]
		if (rank_of[path] + 0 <= rank[file] + 0) return
		rank[file] = rank_of[path]
		fact[file] = value
	} else if (value != "[]" && value != "{}") {
		if (path ~ /^public[-_]keys(\/|$)/) keys["public", ++key_count["public"]] = value
		else if (path ~ /^keys\/[0-9]+\/data$/) keys["other", ++key_count["other"]] = value
		else if (path ~ /^files\/[0-9]+\/(path|content_path)$/ && value !~ /[\n\t]/) {
			split(path, part, "/")
			files[part[2], part[3]] = value
			if (part[2] + 1 > file_count) file_count = part[2] + 1
		}
	}
}

function finish(  file, n) {
	if (no_map) {
		print "1: KEY: VALUE is needed" > "/dev/stderr"
		exit 1
	}
	for (n = 1; n <= said; n++) {
		path_of[n] = said_path[n]
		value_of[n] = said_value[n]
	}
	values = said
	if (table != "") sift()
	for (n = 1; n <= values; n++) if (!(n in dropped)) take(path_of[n], value_of[n])
	for (file in fact) {
		if (fact[file] == "") continue
		printf "%s\n", fact[file] > (dir "/" file)
		close(dir "/" file)
	}
	if (!write_keys("public")) write_keys("other")
	for (n = 0; n < file_count; n++)
		if (files[n, "path"] != "") print files[n, "path"] "\t" files[n, "content_path"] > (dir "/files")
}

# write_keys: one a line; gives how many there were
function write_keys(source,  n, k, total, line, written) {
	for (n = 1; n <= key_count[source]; n++) {
		total = split(keys[source, n], line, "\n")
		for (k = 1; k <= total; k++) {
			if (line[k] == "") continue
			print line[k] > (dir "/public-keys")
			written++
		}
	}
	return written + 0
}
