const WHO: Readonly<Record<string, number>> = {u: 0o700, g: 0o070, o: 0o007, a: 0o777};
const BITS: Readonly<Record<string, number>> = {r: 0o444, w: 0o222, x: 0o111};

/** A mode after chmod(1) has changed it by `640`, `u+s` or `g-w,o=`; undefined for what is none of these. */
export function changedMode(mode: number, change: string, isFolder = false): number | undefined {
  if (/^[0-7]{1,5}$/.test(change)) return Number.parseInt(change, 8);
  let changed: number | undefined = mode;
  for (const clause of change.split(','))
    changed = changed === undefined ? undefined : changedBy(changed, clause, isFolder);
  return changed;
}

function changedBy(mode: number, clause: string, isFolder: boolean): number | undefined {
  const [, who = '', operator, permissions = ''] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? [];
  if (operator === undefined) return undefined;
  const mask = Array.from(who === '' ? 'a' : who).reduce((sum, letter) => sum | (WHO[letter] ?? 0), 0);
  const runs = isFolder || (mode & 0o111) !== 0;
  let bits =
    Array.from(permissions).reduce(
      (sum, letter) => sum | (BITS[letter === 'X' && runs ? 'x' : letter] ?? 0),
      0,
    ) & mask;
  if (permissions.includes('s'))
    bits |= ((mask & 0o700) === 0 ? 0 : 0o4000) | ((mask & 0o070) === 0 ? 0 : 0o2000);
  if (permissions.includes('t')) bits |= 0o1000;
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  return (mode & ~mask) | bits;
}
