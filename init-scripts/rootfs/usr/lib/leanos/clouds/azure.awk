# For cloud.awk: Azure's /metadata/instance (https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service)

function cloud(  n) {
	fact("instance-id", "compute/vmId")
	fact("local-hostname", "compute/osProfile/computerName")
	fact("user-name", "compute/osProfile/adminUsername")
	fact("availability-zone", "compute/location")
	fact("instance-type", "compute/vmSize")
	for (n = 0; ("compute/publicKeys/" n "/keyData") in said; n++) add_key(said["compute/publicKeys/" n "/keyData"])
	whole("imds-user-data.base64", "compute/userData")
}

# add_key TEXT: where it stands over several lines, as some of its clients leave it, they are one
function add_key(value) {
	gsub(/[\r\n]+/, "", value)
	add_lines("public-keys", value)
}
