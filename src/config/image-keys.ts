/** What a key of a definition means, and a value that it may have. */
export interface KeyFact {
  readonly description: string;
  readonly example: unknown;
}

/** Every key of an image's definition by its path: what editors show, and what docs/images.md is made from. */
export const IMAGE_KEYS: Readonly<Record<string, KeyFact>> = {
  extends: {
    description:
      'The image that is taken first: one of the project, or with leanos/ one that leanos brings. Maps are merged key by key, lists and values are replaced; packages and modules come beside those that are there.',
    example: 'leanos/test',
  },
  description: {description: 'What the image is for, in one line.', example: 'the web server of the lab'},
  base: {
    description:
      'Where kernel and userland come from: debian (packages, seconds; the default), buildroot (from source, minutes, smallest), or each its own.',
    example: 'debian',
  },
  'base.kernel': {description: 'Where the kernel comes from.', example: 'buildroot'},
  'base.userland': {description: 'Where BusyBox, Dropbear and the packages come from.', example: 'debian'},
  arches: {
    description: 'The architectures that it is for; all without it.',
    example: ['x86_64', 'aarch64'],
  },
  suite: {
    description:
      'The release of Debian that packages and kernel come from. Without it trixie, and bookworm for i386, which trixie has no kernel for.',
    example: 'trixie',
  },
  archives: {
    description:
      "Which of Debian's archives are asked: the release alone, or with what has changed since. All without it.",
    example: ['main', 'security'],
  },
  packages: {
    description:
      "Packages beside BusyBox and Dropbear, by the names of the image's base; what they depend on comes along. Of a package that is given files, these alone are taken. `deb` names a package that is a file of the project, of the Debian base; its sha256 may be said, and is in the lock.",
    example: ['curl', {name: 'tcpdump', files: ['usr/bin/tcpdump']}, {deb: 'debs/my_1.0_amd64.deb'}],
  },
  'packages.debian': {description: "Debian's packages, of an image for both bases.", example: ['curl']},
  'packages.buildroot': {description: "Buildroot's packages, of an image for both bases.", example: ['htop']},
  repositories: {
    description:
      "Repositories of Debian packages beside Debian's archives, by names of one's own. They must be signed by a key of their keyring. See docs/packages.md.",
    example: {
      tools: {url: 'https://packages.example/debian', suite: 'stable', keyring: 'keyrings/tools.asc'},
    },
  },
  'repositories.*.url': {
    description: 'The address that dists/ is below: http, https, or file.',
    example: 'https://packages.example/debian',
  },
  'repositories.*.suite': {
    description:
      'The folder below dists/; with "/" at its end it is one of a repository without dists/ and components.',
    example: 'stable',
  },
  'repositories.*.components': {
    description: 'The parts of the suite that are taken; main without it.',
    example: ['main'],
  },
  'repositories.*.keyring': {
    description: 'A file of the project with the OpenPGP keys that may sign it, armoured or not.',
    example: 'keyrings/tools.asc',
  },
  'repositories.*.priority': {
    description:
      "As in apt_preferences(5): above 500 it goes before Debian's archives, whatever the versions. Without it the newest version is taken.",
    example: 100,
  },
  'repositories.*.packages': {
    description:
      "The packages that come from there, before those of Debian's archives (priority 990); nothing else of it is taken. All, without it.",
    example: ['my-tool'],
  },
  scripts: {
    description:
      'What is done with the maintainer scripts of packages, by name. leanos does what scripts do, by kind, and runs those that do more in a sandbox; `ignore` says that the image does without, `sandbox` that they are run whatever they do. See docs/packages.md.',
    example: {'mariadb-server': 'ignore'},
  },
  bytecode: {
    description:
      "Whether Python's modules that packages have are compiled when the image is made, as on Debian (the default). false: fewer bytes, and each start of a program compiles what it loads.",
    example: false,
  },
  busybox: {
    description:
      'static (smallest and quickest; the default without packages of Debian), shared (programs of packages come before its applets; the default with them), or changes of its configuration on the Buildroot base.',
    example: 'shared',
  },
  'busybox.fragments': {
    description: "Files of the project that BusyBox's configuration is changed by, on the Buildroot base.",
    example: ['fragments/busybox.fragment'],
  },
  kernel: {description: 'What is other than in every kernel of leanos.', example: {commandLine: 'quiet'}},
  'kernel.fragments': {
    description: "Files of the project that the kernel's configuration is changed by, on the Buildroot base.",
    example: ['fragments/linux.fragment'],
  },
  'kernel.package': {
    description: "A kernel package of Debian, in place of the architecture's own.",
    example: 'linux-image-amd64',
  },
  'kernel.commandLine': {
    description: "What follows the slot's own parameters on the kernel command line.",
    example: 'mitigations=off',
  },
  buildroot: {description: 'What the Buildroot base is built from.', example: {sources: 'debian'}},
  'buildroot.source': {
    description: 'Buildroot itself: a tarball with its sha256, or a commit.',
    example: {url: 'https://buildroot.org/downloads/buildroot-2026.02.3.tar.xz', sha256: 'a'.repeat(64)},
  },
  'buildroot.source.url': {
    description: 'The address of a tarball.',
    example: 'https://buildroot.org/downloads/buildroot-2026.02.3.tar.xz',
  },
  'buildroot.source.sha256': {description: 'The sha256 of the tarball.', example: 'a'.repeat(64)},
  'buildroot.source.git': {
    description: 'The address of a repository.',
    example: 'https://gitlab.com/buildroot.org/buildroot.git',
  },
  'buildroot.source.commit': {description: 'The whole commit.', example: 'a'.repeat(40)},
  'buildroot.sources': {
    description:
      "Where the sources of packages come from: upstream (each package's own home; the default), debian (nothing but Debian's archive), or the address of a mirror.",
    example: 'debian',
  },
  'buildroot.linking': {
    description:
      'How the userland gets its libraries: static (each program has what it needs in it; the default), or shared (they are files in /usr, as packages need it that cannot be static: keyutils, htop, lvm2). BusyBox is static either way.',
    example: 'shared',
  },
  'buildroot.config': {
    description: "Further lines of Buildroot's configuration.",
    example: ['BR2_PACKAGE_LIBCURL_CURL=y'],
  },
  hardware: {
    description:
      'What its machines show, which decides kernel and drivers: cloud, vmware, virtualbox, legacy, usb. Without it cloud, and what the machines of its formats show. See docs/hardware.md.',
    example: ['cloud', 'vmware'],
  },
  modules: {
    description: 'Drivers beside those of its hardware, which the kernel has as modules.',
    example: {usr: ['veth']},
  },
  'modules.boot': {description: 'Drivers of the initramfs: what /usr is reached with.', example: ['nvme']},
  'modules.usr': {description: 'Drivers of /usr.', example: ['veth', 'bridge']},
  initramfs: {description: 'The first filesystem, in memory.', example: {compression: 'lz4'}},
  'initramfs.compression': {
    description: 'zstd (the default) is small, lz4 is unpacked sooner.',
    example: 'lz4',
  },
  usr: {description: 'The filesystem of /usr, which is never written to.', example: {level: 19}},
  'usr.format': {description: 'squashfs (the default) or erofs.', example: 'squashfs'},
  'usr.compression': {
    description: 'squashfs knows zstd (the default), xz and lz4; erofs knows zstd, lzma, lz4hc and lz4.',
    example: 'zstd',
  },
  'usr.blockSize': {
    description: 'What is compressed in one piece: larger is smaller, and slower to read here and there.',
    example: '256KiB',
  },
  'usr.level': {description: 'Of zstd: higher is smaller, and takes longer to make.', example: 19},
  disk: {description: 'The sizes of the partitions, in whole MiB.', example: {usr: '64MiB'}},
  'disk.esp': {description: 'Kernels, initramfs and bootloader, of both slots.', example: '40MiB'},
  'disk.usr': {
    description: 'Each of the two slots of /usr; room to spare is room for later versions.',
    example: '64MiB',
  },
  'disk.state': {
    description: 'What the guest writes; it grows to the disk at the first boot.',
    example: '33MiB',
  },
  hostname: {description: 'The name of a guest that its seed gives none.', example: 'web'},
  login: {description: 'Who logs in, and how.', example: {user: 'admin'}},
  'login.user': {description: 'The user that logs in; leanos without it.', example: 'admin'},
  'login.shell': {description: "The login shell, where it is not BusyBox's.", example: '/bin/bash'},
  'login.passwordHash': {
    description: 'A hash as crypt(5) makes it, or null (the default): keys only.',
    example: '$6$salt$hash',
  },
  'login.port': {
    description:
      'Where ssh listens; 22 without it. Beside a payload that Xen starts, which has the address of the machine, ssh is there only where this says so.',
    example: 2222,
  },
  'login.sudo': {description: 'Whether the user becomes root without a password.', example: true},
  datasources: {description: 'Where a guest finds its instance data.', example: {list: ['nocloud']}},
  'datasources.list': {
    description: 'The datasources that are looked for, in the order of who wins.',
    example: ['nocloud', 'ec2'],
  },
  'datasources.deadlineSeconds': {
    description:
      'How long they are searched before the guest goes on; what comes later is applied when it comes.',
    example: 10,
  },
  updates: {
    description:
      'What a guest does by itself when its channel has a newer version: never, stage (write the other slot; the default), or reboot (that, and restart).',
    example: 'stage',
  },
  formats: {
    description:
      'What the image is made as, see [formats.md](formats.md). The first that QEMU boots from is what `leanos run` and `leanos test` boot.',
    example: ['qcow2', 'raw'],
  },
  systemUsers: {
    description: 'Accounts that programs of packages give their rights up to; nobody logs in as them.',
    example: ['tcpdump'],
  },
  setuid: {
    description:
      'Programs of packages that are setuid or setgid, and may be: any other is a promise that `leanos test` finds broken.',
    example: ['/usr/bin/sudo'],
  },
  contracts: {
    description: 'What leanos test checks beside the promises of every image.',
    example: ['openstack'],
  },
  containers: {
    description:
      'Whether the guest runs the containers that user-data names (docs/howto-containers.md): crun, curl, certificates and zstd come along. Of the Debian base.',
    example: true,
  },
  services: {
    description:
      'Programs that the guest keeps running, by name: supervised, confined, ended in order. ssh and the boot never wait for them. `leanos-service` in the guest says what they do.',
    example: {
      web: {run: 'httpd -f -p 80 -h /usr/share/www', health: 'wget -q -O /dev/null http://127.0.0.1/'},
    },
  },
  'services.*.run': {
    description:
      'The program and its words, as a shell tells them apart. A program without a folder is one of /usr/bin. It stays in the foreground. One below /usr or /etc that the image does not have ends the build: see [services](guest.md#services).',
    example: "nginx -g 'daemon off;'",
  },
  'services.*.unit': {
    description:
      'In place of run: a unit of systemd, of a package or an overlay of the image. What leanos does not understand of it is named, and nothing is built. Every other key here counts more than what it says.',
    example: 'nginx.service',
  },
  'services.*.without': {
    description: 'Keys of the unit that are left out on purpose.',
    example: ['ExecStartPost'],
  },
  'services.*.user': {
    description: 'Whom it runs as; an account that is not there is made. Without it one of its own name.',
    example: 'www-data',
  },
  'services.*.after': {
    description:
      'What it waits for: an address (network), that the instance data is applied (datasource), that #cloud-config is done (user-data), or services by their names, until they are well; it is ended before those. Nothing without it.',
    example: ['network', 'db'],
  },
  'services.*.restart': {
    description:
      'Whether it is started again when it ends: always (the default), or on-failure. After a while that doubles, and given up after eight times in a row.',
    example: 'on-failure',
  },
  'services.*.every': {
    description:
      'It ends by itself, and is started when the machine is up and again after each such while (s, m, h, d); never while it still runs.',
    example: '5m',
  },
  'services.*.at': {
    description:
      'It ends by itself, and is started at this time of the day, or at each of a list. A time that the machine missed is made up for once, at its next start.',
    example: '03:00',
  },
  'services.*.environment': {description: 'Variables of its environment.', example: {LANG: 'C.UTF-8'}},
  'services.*.files': {
    description:
      "Templates of the project, by the files below /etc, /opt, /run, /srv or /var that they become before it starts, and when the instance is another one: `{{ hostname }}` and other words are what the instance is, see [services](guest.md#services). The service waits for the user-data. With a mode of its own where it is {template: …, mode: '0640'}: a file that not everybody may read is the service's, any other is root's.",
    example: {'/etc/nginx/conf.d/site.conf': 'templates/site.conf'},
  },
  'services.*.files.*.template': {
    description: 'The template, where a mode is said too.',
    example: 'templates/site.conf',
  },
  'services.*.files.*.mode': {
    description:
      "The mode of the file, in quotes: 0644 without it. Its owner may read it, and nobody else write. One that not everybody may read is the service's.",
    example: '0640',
  },
  'services.*.health': {
    description:
      'A command of the shell that ends with status 0 while the service is well. It is asked as root, and has 20 seconds. A new version in which it is not goes back by itself. A service without it is well when it has run for five seconds.',
    example: 'wget -q -O /dev/null http://127.0.0.1/',
  },
  'services.*.memory': {description: 'How much memory it may use.', example: '64MiB'},
  'services.*.tasks': {description: 'How many processes and threads it may have.', example: 32},
  'services.*.cpu': {description: 'How much it may use of one processor; 200% are two.', example: '50%'},
  'services.*.capabilities': {
    description:
      'What it may do of what root may, by the names of capabilities(7); net_bind_service without it, for ports below 1024.',
    example: ['net_bind_service', 'setuid', 'setgid'],
  },
  'services.*.writes': {
    description:
      'Folders that it may write to beside its own, /var/lib/NAME; they are made where they are not there.',
    example: ['/var/log/nginx'],
  },
  'services.*.confined': {
    description:
      'Whether all but its folders is read-only to it, and what no program needs of the kernel is refused. true without it.',
    example: false,
  },
  'services.*.console': {
    description: 'Whether the console shows what it prints; its log always has it.',
    example: true,
  },
  'services.*.ports': {
    description:
      'Ports that it listens on: `leanos run` has ports of this host lead to them, and `leanos test` finds nothing wrong with them.',
    example: [80],
  },
  payload: {
    description:
      'A unikernel, a kernel or a program that the image carries, and boots or runs in place of a guest: docs/payloads.md.',
    example: {file: 'unikernels/web.virtio', args: 'hello'},
  },
  'payload.file': {
    description:
      'The file, in the project, or a folder with an OCI layout, or a container image of a registry (oci://HOST/NAME:TAG, or @sha256:… for the same bytes each time); --payload names one in its place.',
    example: 'unikernels/web.virtio',
  },
  'payload.mode': {
    description:
      'boot (the bootloader starts it), guest (the lean Linux runs it), xen (it is the one domain of a Xen that boots), or auto (the default): the first of them that it can have.',
    example: 'auto',
  },
  'payload.args': {
    description: 'Its arguments, in one line, which reach it as they are.',
    example: '--hello="the world"',
  },
  'payload.environment': {
    description: 'Variables that it finds in its environment.',
    example: {LANG: 'C.UTF-8'},
  },
  'payload.memory': {
    description: 'How much memory the payload itself is given.',
    example: '64MiB',
  },
  'payload.files': {
    description:
      'Files that it is given, in their order: modules of multiboot (with their arguments), or what a program finds beside itself.',
    example: [{file: 'unikernels/web.json', name: 'rumprun.json'}],
  },
  'payload.disks': {
    description: 'Disks that it is given, by the names that it knows them by, with what is on them at first.',
    example: [{name: 'storage', file: 'unikernels/storage.img', readOnly: true}],
  },
  'payload.onExit': {
    description:
      'What its end brings: poweroff (the machine is switched off), restart (it starts anew), reboot (the machine does).',
    example: 'poweroff',
  },
  overlays: {
    description:
      "Folders of the project that are laid over the root filesystem, the last one on top: the way to replace what leanos brings. leanos/PATH is one of leanos' own.",
    example: ['overlays/web'],
  },
};
