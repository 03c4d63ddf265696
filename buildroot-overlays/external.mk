# A package that Buildroot has by now is Buildroot's: ours steps back.
leanos-is-new = $(if $(wildcard $(TOPDIR)/package/$(basename $(notdir $(1)))/$(notdir $(1))),,$(1))
include $(foreach recipe,$(sort $(wildcard $(BR2_EXTERNAL_LEANOS_PATH)/package/*/*.mk)),$(call leanos-is-new,$(recipe)))

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
