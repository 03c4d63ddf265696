/** What is one folder with its namesake in /usr, in a release of Debian that has /bin, /sbin and /lib as links. */
const TWINS = /^(bin|sbin|lib|lib64)(?=\/|$)/;

/** The path in /usr of what is in /bin, /sbin or /lib; any other path is as it was. */
export function mergedPath(path: string): string {
  return path.replace(TWINS, 'usr/$1');
}

/** Whether a path is one of the links to a folder of /usr. */
export function isUsrTwin(path: string): boolean {
  return path !== '' && path.replace(TWINS, '') === '';
}
