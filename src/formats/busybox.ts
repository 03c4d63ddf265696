// busybox/applets/applet_tables.c writes the names in order, each ended by a NUL, the whole by another. "[" comes first.
const START = Buffer.from('[\0[[\0');

/**
 * The applets of a BusyBox binary, read from its table of names, so that the binary need not run here (it may be for
 * another architecture). @throws Error when there is no such table
 */
export function busyboxApplets(binary: Buffer): string[] {
  const at = binary.indexOf(START);
  const end = binary.indexOf('\0\0', at, 'latin1');
  if (at === -1 || end === -1) throw new Error('this is no BusyBox: it has no table of applet names');
  return binary.toString('latin1', at, end).split('\0');
}
