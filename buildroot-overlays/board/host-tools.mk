# Programs of the build host that Debian has, in place of building them: BR2_PACKAGE_OVERRIDE_FILE of a build by leanos. Each
# lies in $(LEANOS_TOOLCHAIN)/stand-in/NAME/bin; what Buildroot does after installing it is done as ever.
define LEANOS_STAND_IN
HOST_$(2)_OVERRIDE_SRCDIR = $(LEANOS_TOOLCHAIN)/stand-in/$(1)
override HOST_$(2)_DEPENDENCIES =
override HOST_$(2)_LICENSE_FILES =
override HOST_$(2)_REDISTRIBUTE = NO
override HOST_$(2)_CONFIGURE_CMDS = :
override HOST_$(2)_BUILD_CMDS = :
override HOST_$(2)_INSTALL_CMDS = mkdir -p $$(HOST_DIR) && cp -a $$(@D)/bin $$(HOST_DIR)/
endef

$(eval $(call LEANOS_STAND_IN,bison,BISON))
$(eval $(call LEANOS_STAND_IN,ccache,CCACHE))
$(eval $(call LEANOS_STAND_IN,kmod,KMOD))
$(eval $(call LEANOS_STAND_IN,meson,MESON))
$(eval $(call LEANOS_STAND_IN,patchelf,PATCHELF))
$(eval $(call LEANOS_STAND_IN,pkgconf,PKGCONF))
$(eval $(call LEANOS_STAND_IN,zstd,ZSTD))

# NetBSD's queue.h is downloaded by itself; the C library's package of Debian has the same.
override MUSL_COMPAT_HEADERS_EXTRA_DOWNLOADS =
override MUSL_COMPAT_HEADERS_EXTRACT_CMDS = \
	cp $(LEANOS_TOOLCHAIN)/queue.h $(MUSL_COMPAT_HEADERS_PKGDIR)/cdefs.h $(@D)/

# Buildroot's own recipe of opendoas (2026.05) gives the linker no flags, and so makes no static program.
override OPENDOAS_BUILD_CMDS = \
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) YACC="bison -y" doas
