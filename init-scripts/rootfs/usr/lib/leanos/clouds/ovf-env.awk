# For xml.awk and cloud.awk: Azure's ovf-env.xml, with which it provisions a machine. login is the name of the login user.

function cloud(  set, n, path) {
	set = "Environment/ProvisioningSection/LinuxProvisioningConfigurationSet/"
	if (said[set "HostName"] == "" && said[set "UserName"] == "") {
		warning("ovf-env.xml: there is no ProvisioningSection in it")
		exit 1
	}
	fact("local-hostname", set "HostName")
	fact("user-name", set "UserName")
	if (tolower(said[set "DisableSshPasswordAuthentication"]) != "true") whole("password", set "UserPassword")
	whole("user-data.base64", set "CustomData")
	for (n = 0; n < 64; n++) {
		path = set "SSH/PublicKeys/PublicKey" (n ? "/" n : "") "/"
		if (said[path "Value"] != "") add_lines("public-keys", said[path "Value"])
		else if (said[path "Fingerprint"] != "" && !warned++) warning("a key that is named by its fingerprint alone is not read from the disc")
	}
}
