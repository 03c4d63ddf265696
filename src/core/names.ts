/**
 * What may become part of a path, of an address or of a command's arguments. Each is checked where it is read, so that
 * nothing that somebody else wrote leads out of its folder or is taken for an option.
 */

/** The name of an image or of a channel. */
export const NAME = /^[a-z0-9][a-z0-9-]*$/;
/** An image of the project, or with `leanos/` one that leanos brings. */
export const IMAGE_REFERENCE = /^(?:leanos\/)?[a-z0-9][a-z0-9-]*$/;
/** `IMAGE-ARCH`. */
export const BUILD_NAME = /^[a-z0-9][a-z0-9-]*-[a-z0-9][a-z0-9_]*$/;
/** A commit as git gives it, in sha1 or sha256. */
export const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
export const SHA256 = /^[0-9a-f]{64}$/;
/** The number of a key of signify. */
export const KEY_ID = /^[0-9a-f]{16}$/;
/** The name of one file: no folder, no hidden file, no option. */
export const FILE_NAME = /^[A-Za-z0-9][\w.+~:-]*$/;

/** Debian Policy, 5.6.1, "Source": of a binary package. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/** What the parts of a package's pin may be, and what is said where one is not: all of them become paths, addresses or arguments. */
export const PIN_PARTS = {
  name: {pattern: PACKAGE_NAME, needed: 'the name of a Debian package is needed'},
  // Debian Policy, 5.6.12, "Version"; dpkg takes one that begins with a letter.
  version: {pattern: /^[A-Za-z0-9][\w.+~:-]*$/, needed: 'the version of a Debian package is needed'},
  architecture: {pattern: /^[a-z0-9][a-z0-9-]*$/, needed: "Debian's name of an architecture is needed"},
  // dpkg takes names of source packages that Debian Policy does not know; other archives have such.
  source: {pattern: /^[A-Za-z0-9][\w+.-]*$/, needed: 'the name of a source package is needed'},
  // Without a way out of where it begins.
  url: {
    pattern:
      /^(?!.*\/\.\.(?:\/|$))(?!.*%2[EeFf])(debian(-security)?|project|leanos|repository-[a-z0-9-]+):[A-Za-z0-9][\w.+~%:/-]*$/,
    needed:
      'debian:, debian-security:, repository-NAME:, project: or leanos: and a path without ".." are needed',
  },
} as const;

/** Whether a path stays below where it starts: names of files and folders with a "/" between them. */
export function isInnerPath(path: string): boolean {
  return path.split('/').every((part) => FILE_NAME.test(part));
}
