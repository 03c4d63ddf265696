include $(sort $(wildcard $(BR2_EXTERNAL_LEANOS_PATH)/package/*/*.mk))

# Buildroot fills the kernel's fragments up with the defaults of every option that they leave out. Here they are all that is
# asked for: what they leave out is off. Buildroot's own adjustments follow, as ever.
ifeq ($(BR2_LEANOS_LINUX_ONLY_ASKED),y)
$(eval define LEANOS_LINUX_ADJUSTMENTS$(sep)$(value LINUX_KCONFIG_FIXUP_CMDS)$(sep)endef)
define LINUX_KCONFIG_FIXUP_CMDS
	cat $(LINUX_KCONFIG_FILE) $(LINUX_KCONFIG_FRAGMENT_FILES) > $(@D)/.config.asked
	KCONFIG_ALLCONFIG=$(@D)/.config.asked $(LINUX_KCONFIG_MAKE) allnoconfig
	$(LEANOS_LINUX_ADJUSTMENTS)
endef
endif
