# With `sources: debian`: packages whose version Debian does not have are built in one that it has. debian-sources/PACKAGE/ has the
# sha256 of its source, and the patches that this version needs, in place of what Buildroot has for its own.
override pkg-patch-hash-dirs = $(or \
	$(wildcard $(BR2_EXTERNAL_LEANOS_PATH)/board/debian-sources/$($(1)_RAWNAME)), \
	$($(1)_PKGDIR) $(addsuffix /$($(1)_RAWNAME),$(call qstrip,$(BR2_GLOBAL_PATCH_DIR))))

define LEANOS_DEBIAN_SOURCE
override $(1)_VERSION = $(2)
override $(1)_SITE = https://deb.debian.org/debian/pool/main/$(3)
override $(1)_SOURCE = $(4)
endef

$(eval $(call LEANOS_DEBIAN_SOURCE,E2FSPROGS,1.47.2,e/e2fsprogs,e2fsprogs_1.47.2.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,GESFTPSERVER,2,g/gesftpserver,gesftpserver_2~ds.orig.tar.xz))
$(eval $(call LEANOS_DEBIAN_SOURCE,IPUTILS,20250605,i/iputils,iputils_20250605.orig.tar.xz))
$(eval $(call LEANOS_DEBIAN_SOURCE,LIBCURL,8.14.1,c/curl,curl_8.14.1.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,LIBPCAP,1.10.5,libp/libpcap,libpcap_1.10.5.orig.tar.xz))
$(eval $(call LEANOS_DEBIAN_SOURCE,M4,1.4.19,m/m4,m4_1.4.19.orig.tar.xz))
$(eval $(call LEANOS_DEBIAN_SOURCE,NCURSES,6.5-20250216,n/ncurses,ncurses_6.5+20250216.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,PCIUTILS,3.13.0,p/pciutils,pciutils_3.13.0.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,PROCPS_NG,4.0.4,p/procps,procps_4.0.4.orig.tar.xz))
$(eval $(call LEANOS_DEBIAN_SOURCE,SCREEN,4.9.0,s/screen,screen_4.9.0.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,TCPDUMP,4.99.3,t/tcpdump,tcpdump_4.99.3.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,TRACEROUTE,2.1.2,t/traceroute,traceroute_2.1.2.orig.tar.gz))
$(eval $(call LEANOS_DEBIAN_SOURCE,UTIL_LINUX,2.41.5,u/util-linux,util-linux_2.41.5.orig.tar.xz))

# Debian's file has a configure where Buildroot's has none, or none where Buildroot's has one; flex and bison are there for the kernel;
# and libtool, whose version Debian does not have, makes nothing here. The common ones are what Buildroot adds to every package.
LEANOS_HOST_DEPENDENCIES = host-ccache host-fakedate host-skeleton
LEANOS_TARGET_DEPENDENCIES = $(LEANOS_HOST_DEPENDENCIES) skeleton toolchain
override HOST_AUTOCONF_DEPENDENCIES = $(LEANOS_HOST_DEPENDENCIES) host-m4
override E2FSPROGS_AUTORECONF = NO
override E2FSPROGS_DEPENDENCIES = $(LEANOS_TARGET_DEPENDENCIES) host-pkgconf util-linux
override GESFTPSERVER_AUTORECONF = YES
override GESFTPSERVER_DEPENDENCIES = $(LEANOS_TARGET_DEPENDENCIES) host-autoconf host-automake
override LIBPCAP_DEPENDENCIES = $(LEANOS_TARGET_DEPENDENCIES) host-pkgconf
override SCREEN_DEPENDENCIES = $(LEANOS_TARGET_DEPENDENCIES) host-autoconf host-automake ncurses
override SCREEN_INSTALL_TARGET_OPTS = DESTDIR=$(TARGET_DIR) install_bin
override SCREEN_CONF_ENV = CFLAGS="$(TARGET_CFLAGS) -std=gnu89"
