const WHYS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'is a folder, and a file is needed',
  EACCES: 'this account may not read it',
  ELOOP: 'is a link that leads to itself',
};

/** Why a file could not be read that somebody named, as it follows the file's name. */
export function whyUnread(error: unknown): string {
  const {code = '', message} = error as NodeJS.ErrnoException;
  return WHYS[code] ?? `cannot be read: ${message}`;
}
