/** Where one file of an archive lies in it, in bytes. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/**
 * The files' archive of a Debian package (deb(5): an ar archive with `debian-binary`, `control.tar…`, `data.tar…`), as it lies
 * there, and how it is compressed: `.xz`, `.zst`, `` …
 */
export function packageData(deb: Buffer): {readonly bytes: Buffer; readonly compression: string} | undefined {
  const member = members(deb).find(({name}) => name.startsWith('data.tar'));
  if (member === undefined) return undefined;
  return {
    bytes: deb.subarray(member.start, member.end),
    compression: member.name.slice('data.tar'.length),
  };
}

/** ar(5): headers of 60 bytes with name and size as text; files begin at even places. */
function members(archive: Buffer): Member[] {
  if (archive.toString('latin1', 0, MAGIC.length) !== MAGIC) return [];
  const found: Member[] = [];
  for (let at = MAGIC.length; at + HEADER_BYTES <= archive.length;) {
    const name = archive.toString('latin1', at, at + 16).replace(/\/? *$/, '');
    const size = Number(archive.toString('latin1', at + 48, at + 58));
    const start = at + HEADER_BYTES;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > archive.length) break;
    found.push({name, start, end: start + size});
    at = start + size + (size % 2);
  }
  return found;
}
