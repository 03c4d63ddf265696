import {expect, test} from 'vitest';
import {ARCHIVE_NAMES} from '../../src/core/archives.ts';
import {LeanosError} from '../../src/core/error.ts';
import {aptError} from '../../src/system/apt-error.ts';

const MIRROR = 'http://deb.debian.org';
/** What apt 2.6 said of a mirror in the middle of a sync. */
const SYNCING = `E: Failed to fetch ${MIRROR}/debian/dists/trixie-updates/main/binary-ppc64el/Packages.xz  File has unexpected size (720 != 1108). Mirror sync in progress? [IP: 203.0.113.80 80]
   Hashes of expected file:
    - Filesize:1108 [weak]
    - SHA256:eea860c5dea11680e64299adb2736c2367c4235763a66f2b70ca61ce1b51978a
   Release file created at: Wed, 25 Nov 2026 02:10:59 +0000
E: Failed to fetch ${MIRROR}/debian-security/dists/trixie-security/main/binary-ppc64el/Packages.xz  File has unexpected size (260668 != 297016). Mirror sync in progress? [IP: 203.0.113.80 80]
E: Some index files failed to download. They have been ignored, or old ones used instead.`;

/** The error that a command ends with which says this: a long answer is cut in its message, but not in its cause. */
function explained(stderr: string, archives = ARCHIVE_NAMES): unknown {
  return aptError(new LeanosError('COMMAND_FAILED', 'exit status 100', {cause: {stderr}}), archives);
}

test('a mirror in the middle of a sync is said, with archive, architecture, and what helps', () => {
  expect(explained(SYNCING)).toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: `the mirror is in the middle of a sync: its lists of packages are not those that it has signed
  archive updates (trixie-updates) for ppc64el: File has unexpected size (720 != 1108). Mirror sync in progress?
    ${MIRROR}/debian/dists/trixie-updates/main/binary-ppc64el/Packages.xz
  archive security (trixie-security) for ppc64el: File has unexpected size (260668 != 297016). Mirror sync in progress?
    ${MIRROR}/debian-security/dists/trixie-security/main/binary-ppc64el/Packages.xz`,
    hint: `once more, later     a sync takes a mirror minutes to hours
LEANOS_DEBIAN_MIRROR=URL     takes another mirror
LEANOS_DEBIAN_SECURITY_MIRROR=URL     takes another mirror
LEANOS_DEBIAN_ARCHIVES=main     does without updates and security, and without the fixes there; archives: [main] in the definition does so for good
an image with a lock that fits asks for no lists`,
  });
});

test.each([
  [
    `E: Failed to fetch ${MIRROR}/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'`,
    'archive main (trixie): Temporary failure resolving',
  ],
  [
    `E: Release file for ${MIRROR}/debian-security/dists/trixie-security/InRelease is expired (invalid since 3d 2h 1min 4s). Updates for this repository will not be applied.`,
    'archive security (trixie-security): is expired (invalid since 3d 2h 1min 4s)',
  ],
  [
    `E: The repository '${MIRROR}/debian trixie-updates Release' does not have a Release file.`,
    'archive updates (trixie-updates): does not have a Release file',
  ],
  [
    `E: Failed to fetch ${MIRROR}/debian/dists/sid/main/source/Sources.xz  Hash Sum mismatch`,
    'archive main (sid) for source: Hash Sum mismatch',
  ],
])('what a mirror lacks is said by archive: %s', (said, expected) => {
  expect(explained(said)).toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining(expected) as string,
  });
});

test('nothing can be left out where the release itself is lacking, or nothing was chosen', () => {
  const main = SYNCING.replaceAll('trixie-updates', 'trixie');
  expect(explained(main)).not.toHaveProperty('hint', expect.stringContaining('_ARCHIVES'));
  expect(explained(SYNCING, [] as never)).not.toHaveProperty('hint', expect.stringContaining('_ARCHIVES'));
});

test('a package that is not there is a fault of the definition', () => {
  expect(explained('E: Unable to locate package nosuch\n')).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'no such Debian package: nosuch',
  });
});

test('it is told where the definition names it', () => {
  const said = {file: 'images/web.yaml', line: 2, column: 12, path: 'packages[0]', message: ''};
  const error = new LeanosError('COMMAND_FAILED', 'E: Unable to locate package nosuch');
  expect(
    aptError(
      error,
      [],
      [
        {name: 'nosuch', said},
        {name: 'curl', said},
      ],
    ),
  ).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'images/web.yaml:2:12: packages[0]: no such Debian package: nosuch',
    hint: expect.stringContaining('packages.debian.org') as string,
  });
});

/** What apt 2.6 prints of a package whose relations do not hold. */
const UNMET = `Reading package lists...
The following packages have unmet dependencies:
 my-tool : Depends: no-such but it is not installable
           Conflicts: dropbear-bin but 2025.89-1 is to be installed
 web : Depends: my-tool but it is not going to be installed
`;

test('packages that cannot be there together are said, at the place of one that a definition names as a file', () => {
  const error = new LeanosError('COMMAND_FAILED', 'exit status 100', {
    cause: {stdout: UNMET, stderr: 'E: Unable to correct problems, you have held broken packages.'},
  });
  expect(aptError(error)).toMatchObject({
    code: 'CONFIG_INVALID',
    message: `the packages cannot be had together:
  my-tool: Depends: no-such but it is not installable
  my-tool: Conflicts: dropbear-bin but 2025.89-1 is to be installed
  web: Depends: my-tool but it is not going to be installed`,
  });
  const said = {file: 'images/web.yaml', line: 3, column: 18, path: 'packages[0].deb', message: ''};
  expect(aptError(error, ARCHIVE_NAMES, [{name: 'my-tool', said}])).toMatchObject({
    code: 'CONFIG_INVALID',
    message: `images/web.yaml:3:18: packages[0].deb: my-tool: Depends: no-such but it is not installable
images/web.yaml:3:18: packages[0].deb: my-tool: Conflicts: dropbear-bin but 2025.89-1 is to be installed`,
  });
});
