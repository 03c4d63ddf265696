################################################################################
#
# signify
#
################################################################################

# 31 is the newest that brings its own libbsd and has the tarball that Debian's archive keeps.
SIGNIFY_VERSION = 31
SIGNIFY_SITE = https://deb.debian.org/debian/pool/main/s/signify-openbsd
SIGNIFY_SOURCE = signify-openbsd_$(SIGNIFY_VERSION).orig.tar.gz
SIGNIFY_LICENSE = ISC, BSD-2-Clause, BSD-3-Clause, Public Domain
SIGNIFY_LICENSE_FILES = COPYING

SIGNIFY_MAKE_OPTS = MUSL=1 BZERO=system

define SIGNIFY_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) $(SIGNIFY_MAKE_OPTS) -C $(@D) signify
endef

define SIGNIFY_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/signify $(TARGET_DIR)/usr/bin/signify-openbsd
endef

$(eval $(generic-package))
