/*
 * Lets xl read a configuration on a host without Xen (LD_PRELOAD): it asks the hypervisor for nothing that a configuration depends on,
 * but does not begin before it has seen one.
 */
static char there[4096];

void *xc_interface_open(void *logger, void *dombuild, unsigned flags)
{
	(void)logger, (void)dombuild, (void)flags;
	return there;
}

int xc_interface_close(void *handle)
{
	(void)handle;
	return 0;
}

void *xs_open(unsigned long flags)
{
	(void)flags;
	return there;
}

void xs_close(void *handle)
{
	(void)handle;
}

int xc_version(void *handle, int command, void *answer)
{
	(void)handle, (void)command, (void)answer;
	return -1;
}

int xc_get_max_cpus(void *handle)
{
	(void)handle;
	return 4;
}

int libxl_get_physinfo(void *context, void *answer)
{
	(void)context, (void)answer;
	return 0;
}
