/**
 * Programs whose deeds a leanos guest has no need of, with why: they are passed over. Scripts that ask for them find none.
 */
const NEEDLESS: Readonly<Record<string, readonly string[]>> = {
  'services are those of the definition': [
    ...[
      'systemctl',
      'invoke-rc.d',
      'service',
      'update-rc.d',
      'deb-systemd-helper',
      'deb-systemd-invoke',
      'initctl',
    ],
    ...[
      'start-stop-daemon',
      'journalctl',
      'systemd-machine-id-setup',
      'loginctl',
      'update-inetd',
      'runlevel',
    ],
  ],
  'nothing runs while an image is made': [
    'killall',
    'kill',
    'pidof',
    'pgrep',
    'pkill',
    'nscd',
    'sysctl',
    'sleep',
    'sync',
  ],
  'the guest finds libraries and drivers without a list': [
    'ldconfig',
    'udevadm',
    'update-initramfs',
    'depmod',
    'modprobe',
  ],
  'the guest has no SELinux, no AppArmor and no hardware database': [
    ...['restorecon', 'apparmor_parser', 'aa-status', 'systemd-hwdb', 'selinuxenabled', 'chcon'],
  ],
  'the guest has no menus, no manual pages and no dictionaries': [
    ...[
      'update-menus',
      'update-desktop-database',
      'update-mime-database',
      'update-mime',
      'mandb',
      'helpztags',
    ],
    ...['gtk-update-icon-cache', 'update-icon-caches', 'install-info', 'update-xmlcatalog', 'update-catalog'],
    ...['update-fonts-alias', 'fc-cache', 'update-dictcommon-aspell', 'update-dictcommon-hunspell'],
  ],
  "what PAM asks is said by leanos' own etc/pam.d": ['pam-auth-update'],
  'the guest has the locale C.UTF-8': ['locale-gen', 'update-locale', 'localedef'],
  'no settings of a desktop, no modules that are found by a list': [
    'glib-compile-schemas',
    'gio-querymodules',
  ],
  'modules of Python are compiled by a stage of their own': [
    'py3compile',
    'py3clean',
    'pycompile',
    'pyclean',
    'update-python-modules',
  ],
  'files are opened by who knows their kind': ['update-binfmts'],
  'what is said of an installation nobody reads': ['logger', 'deb-gview', 'update-notifier'],
};
const NAMES = new Set(Object.values(NEEDLESS).flat());

/** Commands of programs that have other uses too. */
const NEEDLESS_WORDS = [/^python3[.\d]* .*\/py_compile\.py /];

/** Whether nobody needs what a command does, by the name of its program and its words. */
export function isNeedless(name: string, args: readonly string[]): boolean {
  const plain = name.replace(/^.*\//, '');
  const line = `${plain} ${args.join(' ')} `;
  return NAMES.has(plain) || NEEDLESS_WORDS.some((words) => words.test(line));
}
