# For cloud.awk: Oracle's /opc/v2/instance/ (https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm)

function cloud() {
	fact("instance-id", "id")
	fact("local-hostname", "hostname")
	fact("name", "displayName")
	fact("availability-zone", "ociAdName")
	each_line("public-keys", "metadata/ssh_authorized_keys")
	whole("user-data.base64", "metadata/user_data")
}
