# For xml.awk: the incarnation, the container and the instance of Azure's goal state, on one line.

function emit(path, value) {
	if (value !~ /^[A-Za-z0-9._-]+$/) return
	if (path == "GoalState/Incarnation") incarnation = value
	if (path == "GoalState/Container/ContainerId") container = value
	if (path == "GoalState/Container/RoleInstanceList/RoleInstance/InstanceId") instance = value
}

function finish() {
	if (incarnation != "" && container != "" && instance != "") print incarnation, container, instance
}
