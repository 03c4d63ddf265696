/** An entry of a tar as it may come from anywhere: nothing of it is looked at. */
export interface RawEntry {
  readonly name: string;
  /** As tar(5) has it; without it a file. */
  readonly type?: string;
  readonly text?: string;
  /** In place of text. */
  readonly bytes?: Buffer;
  readonly link?: string;
  readonly mode?: number;
  readonly owner?: readonly [user: number, group: number];
  /** In place of the size of its text. */
  readonly size?: number;
}

/** A tar of these entries, whole. */
export function rawTar(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(rawEntry), Buffer.alloc(1024)]);
}

/** A header and what follows it. */
export function rawEntry({
  name,
  type = '0',
  text = '',
  bytes,
  link = '',
  mode = 0o644,
  owner: [user, group] = [0, 0],
  size,
}: RawEntry): Buffer {
  const body = bytes ?? Buffer.from(text);
  const header = Buffer.alloc(512);
  const put = (at: number, value: string): void => void header.write(value, at, 'latin1');
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(0, name);
  put(100, octal(mode, 7));
  put(108, octal(user, 7));
  put(116, octal(group, 7));
  put(124, octal(size ?? body.length, 11));
  put(136, octal(1_000_000_000, 11));
  put(148, '        ');
  put(156, type);
  put(157, link);
  put(257, 'ustar\0' + '00');
  put(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  );
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A record of pax before the entry that it is of. */
export function paxRecords(records: Readonly<Record<string, string>>): RawEntry {
  const text = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length++;
      return `${length}${rest}`;
    })
    .join('');
  return {name: 'pax', type: 'x', text};
}
