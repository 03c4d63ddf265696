# `buildroot: {linking: shared}`: BusyBox is static all the same, and so takes no library of another package.
override BUSYBOX_CFLAGS_busybox =
override BUSYBOX_LINUX_PAM = $(call KCONFIG_DISABLE_OPT,CONFIG_PAM)
