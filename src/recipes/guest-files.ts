import {DATASOURCE_NAMES, DATASOURCES} from '../core/datasources.ts';
import type {ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';
import {LOGIN_ID, withAccounts, type Account, type AccountFiles} from '../formats/accounts.ts';
import {runtimeTemplate} from '../formats/container-runtime.ts';
import {hasPackages} from './packages.ts';
import {serviceFiles, serviceLines, type Service} from './services.ts';

export interface GuestFile {
  readonly [key: string]: string | number;
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** What the files say that name the system: a version of an image for an architecture. */
export interface GuestIdentity {
  readonly version: string;
  readonly arch: Architecture;
}

const PAM_TYPES = ['auth', 'account', 'session', 'password'];
/** What the guest takes for no port. */
const NO_SSH = 0;
const PASSWORD_LOCKED = '*'; // no password matches, yet the account is not locked: keys work
const ACCOUNT_LOCKED = '!*';

/** The files of /usr that a definition decides: accounts, the system's name, the guest's own configuration. */
export function guestFiles(
  image: ImageDefinition,
  identity: GuestIdentity,
  services: readonly Service[] = [],
): GuestFile[] {
  const {passwd, group, shadow} = accounts(image, services);
  return [
    {path: 'etc/passwd', content: passwd, mode: 0o644},
    {path: 'etc/group', content: group, mode: 0o644},
    {path: 'etc/shadow', content: shadow, mode: 0o600},
    {path: 'etc/shells', content: lines(...new Set(['/bin/sh', '/bin/ash', image.login.shell])), mode: 0o644},
    {path: 'etc/hostname', content: `${image.hostname}\n`, mode: 0o644},
    {path: 'etc/hosts', content: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n', mode: 0o644},
    {path: 'etc/os-release', content: osRelease(image, identity), mode: 0o644},
    {path: 'usr/lib/os-release', content: osRelease(image, identity), mode: 0o644},
    {path: 'etc/inittab', content: inittab(image, identity.arch, services), mode: 0o644},
    {path: 'etc/leanos-init/config', content: initConfig(image, identity.arch), mode: 0o644},
    ...(image.containers
      ? [{path: 'usr/lib/leanos/container.json', content: runtimeTemplate(), mode: 0o644}]
      : []),
    ...(image.login.sudo ? sudoFiles(image.login.user) : []),
    ...serviceFiles(services),
  ];
}

function accounts(
  {login: {user, shell, passwordHash}, systemUsers}: ImageDefinition,
  services: readonly Service[],
): AccountFiles {
  const own = {
    passwd: lines(
      'root:x:0:0:root:/root:/bin/sh',
      'daemon:x:1:1:daemon:/:/bin/false',
      'nobody:x:65534:65534:nobody:/:/bin/false',
      `${user}:x:${LOGIN_ID}:${LOGIN_ID}:${user}:/home/${user}:${shell}`,
    ),
    group: lines(
      'root:x:0:',
      'daemon:x:1:',
      'tty:x:5:',
      'disk:x:6:',
      `wheel:x:10:${user}`,
      'utmp:x:43:',
      'nogroup:x:65534:',
      `${user}:x:${LOGIN_ID}:`,
    ),
    shadow: lines(
      `root:${ACCOUNT_LOCKED}:0::::::`,
      'daemon:*:0::::::',
      'nobody:*:0::::::',
      `${user}:${passwordHash ?? PASSWORD_LOCKED}:0::::::`,
    ),
  };
  const names = new Set([...systemUsers, ...services.map((service) => service.user)]);
  return withAccounts(
    own,
    [...names].map((name): Account => ({user: name, group: name, groups: [], comment: name})),
  );
}

/** BusyBox init: one script brings the system up; consoles are found when it runs. */
function inittab(image: ImageDefinition, {powerButton}: Architecture, services: readonly Service[]): string {
  return lines(
    ...(hasPackages(image) ? ['::sysinit:/usr/lib/leanos/furnish'] : []),
    '::sysinit:/usr/lib/leanos/boot',
    '::respawn:/usr/lib/leanos/consoles',
    `::ctrlaltdel:/sbin/${powerButton.ctrlAltDel}`,
    ...serviceLines(services, image.containers),
    '::shutdown:/usr/lib/leanos/shutdown',
  );
}

/** os-release(5). */
function osRelease(image: ImageDefinition, {version, arch}: GuestIdentity): string {
  return lines(
    'ID=leanos',
    'NAME=leanos',
    `PRETTY_NAME="leanos ${version} (${image.name})"`,
    `VERSION_ID=${version}`,
    `IMAGE_ID=${image.name}`,
    `IMAGE_VERSION=${version}`,
    `ARCHITECTURE=${arch.name}`,
  );
}

function initConfig(
  {login, datasources, updates, hypervisor, containers}: ImageDefinition,
  {oci}: Architecture,
): string {
  const port = login.port ?? (hypervisor ? NO_SSH : undefined);
  return lines(
    '# What the image was built with. A file of the same name on the state partition takes its place.',
    `LOGIN_USER=${login.user}`,
    `PASSWORD_LOGIN=${login.passwordHash === null ? 0 : 1}`,
    `DATASOURCE_LIST="${datasources.list.join(' ')}"`,
    `DATASOURCES_ON_DISK="${DATASOURCE_NAMES.filter((name) => DATASOURCES[name].onDisk).join(' ')}"`,
    `DATASOURCE_DEADLINE=${datasources.deadlineSeconds}`,
    `UPDATES=${updates}`,
    ...(port === undefined ? [] : [`SSH_PORT=${port}`]),
    ...(containers ? [`OCI_ARCHITECTURE=${oci.architecture}`] : []),
  );
}

/**
 * doas.conf(5), and what PAM is asked where a rule has no `nopass`. pam_exec has nothing to say when credentials are set, which
 * `nopass` rules do without a password: pam_permit says it.
 */
function sudoFiles(user: string): GuestFile[] {
  return [
    {path: 'etc/doas.conf', content: lines(`permit nopass ${user}`, 'permit nopass root'), mode: 0o400},
    {
      path: 'etc/pam.d/doas',
      content: lines(
        'auth requisite pam_exec.so seteuid expose_authtok quiet /usr/lib/leanos/check-password',
        'auth required pam_permit.so',
        'account required pam_permit.so',
        'session required pam_permit.so',
        'password required pam_deny.so',
      ),
      mode: 0o644,
    },
    {
      path: 'etc/pam.d/other',
      content: PAM_TYPES.map((type) => `${type} required pam_deny.so\n`).join(''),
      mode: 0o644,
    },
  ];
}

function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}
