# For cloud.awk: Google's computeMetadata/v1/?recursive=true (https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys).
# now is the time, in seconds since 1970; login the name of the login user.

function cloud(  n, zone, attributes) {
	attributes = "instance/attributes/"
	fact("instance-id", "instance/id")
	fact("local-hostname", "instance/hostname")
	zone = said["instance/zone"]
	sub(/.*\//, "", zone)
	if (zone != "") print zone > (dir "/availability-zone")
	take_keys(said[attributes "sshKeys"])
	take_keys(said[attributes "ssh-keys"])
	if (said[attributes "sshKeys"] == "" && tolower(said[attributes "block-project-ssh-keys"]) != "true") {
		take_keys(said["project/attributes/ssh-keys"])
		take_keys(said["project/attributes/sshKeys"])
	}
	whole(said[attributes "user-data-encoding"] == "base64" ? "user-data.base64" : "user-data", attributes "user-data")
	whole("startup-script", attributes "startup-script")
	if (said[attributes "startup-script-url"] != "") warning("startup-script-url is not read: startup-script is")
	for (n = 0; ("instance/networkInterfaces/" n "/mac") in said; n++) {
		if (said["instance/networkInterfaces/" n "/mtu"] !~ /^[0-9]+$/) continue
		dhcp[card(said["instance/networkInterfaces/" n "/mac"])] = 1
		mtu[cards] = said["instance/networkInterfaces/" n "/mtu"]
	}
}

# take_keys TEXT: lines of USER:KEY. Those of the login user, and of "cloudinit", are its keys; others are users beside it.
function take_keys(value,  part, total, n, name, key) {
	total = split(value, part, "\n")
	for (n = 1; n <= total; n++) {
		if (!index(part[n], ":") || part[n] ~ /[^ -~]/) continue
		name = key = part[n]
		sub(/:.*/, "", name)
		sub(/^[^:]*:/, "", key)
		if (has_expired(key)) continue
		if (name == login || name == "cloudinit") {
			print key > (dir "/public-keys")
			continue
		}
		add_user_key(name, key)
	}
}

# has_expired KEY: whether "google-ssh {…}" at its end says so; it does too where its time is none, as Google's own agent takes it
function has_expired(key,  when) {
	if (key !~ /^[^ ]+ +[^ ]+ +google-ssh( |$)/) return 0
	if (match(key, /"expireOn" *: *"[^"]*"/)) when = substr(key, RSTART, RLENGTH - 1)
	sub(/.*"/, "", when)
	sub(/[.][0-9]+/, "", when)
	if (when !~ /^[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+(Z|[+-][0-9][0-9]:?[0-9][0-9])$/) {
		warning("a key counts for a time, and does not say until when: passed over")
		return 1
	}
	return now + 0 > seconds(when)
}

# seconds TEXT: since 1970, of YYYY-MM-DDTHH:MM:SS and Z or ±HHMM; days by the calendar whose years begin in March
function seconds(when,  part, year, month, sign, offset, days) {
	offset = when
	sub(/.*T[0-9:]*/, "", offset)
	sign = offset ~ /^-/ ? -1 : 1
	gsub(/[^0-9]/, "", offset)
	split(when, part, /[-T:Z+]/)
	year = part[1] - (part[2] < 3)
	month = part[2] + (part[2] < 3 ? 9 : -3)
	days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + part[3] - 719469
	return days * 86400 + part[4] * 3600 + part[5] * 60 + part[6] - sign * (substr(offset, 1, 2) * 3600 + substr(offset, 3, 2) * 60)
}
