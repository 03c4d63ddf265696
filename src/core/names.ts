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

/** Debian Policy, 5.6.1, "Source": of a binary package, and of other archives' source packages, which dpkg takes in more ways. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
export const SOURCE_NAME = /^[A-Za-z0-9][\w+.-]*$/;
/** Debian Policy, 5.6.12, "Version"; dpkg takes one that begins with a letter. */
export const PACKAGE_VERSION = /^[A-Za-z0-9][\w.+~:-]*$/;
/** Debian's name of an architecture. */
export const DEBIAN_ARCHITECTURE = /^[a-z0-9][a-z0-9-]*$/;
/** Where a package is, as its pin says it, without a way out of there. */
export const PACKAGE_ADDRESS =
  /^(?!.*\/\.\.(?:\/|$))(?!.*%2[EeFf])(debian(-security)?|project|leanos|repository-[a-z0-9-]+):[A-Za-z0-9][\w.+~%:/-]*$/;

/** Whether a path stays below where it starts: names of files and folders with a "/" between them. */
export function isInnerPath(path: string): boolean {
  return path.split('/').every((part) => FILE_NAME.test(part));
}
