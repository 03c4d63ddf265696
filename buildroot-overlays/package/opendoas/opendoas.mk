################################################################################
#
# opendoas
#
################################################################################

OPENDOAS_VERSION = 6.8.2
OPENDOAS_SITE = https://deb.debian.org/debian/pool/main/o/opendoas
OPENDOAS_SOURCE = opendoas_$(OPENDOAS_VERSION).orig.tar.xz
OPENDOAS_LICENSE = ISC
OPENDOAS_LICENSE_FILES = LICENSE

# Its configure script is not autoconf's, and knows the compiler from the environment.
define OPENDOAS_CONFIGURE_CMDS
	cd $(@D) && $(TARGET_CONFIGURE_OPTS) ./configure --target=linux --prefix=/usr --sysconfdir=/etc \
		--without-pam --with-shadow --without-timestamp
endef

define OPENDOAS_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) doas
endef

define OPENDOAS_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/doas $(TARGET_DIR)/usr/bin/doas
endef

define OPENDOAS_PERMISSIONS
	/usr/bin/doas f 4755 0 0 - - - - -
endef

$(eval $(generic-package))
