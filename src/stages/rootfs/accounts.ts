import type {PackageAccount} from '../../formats/buildroot.ts';

/** The texts of /etc/passwd, /etc/group and /etc/shadow. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
}

/** The number from which system accounts get theirs, and the one before which they end, in Buildroot as in Debian. */
const [FIRST_SYSTEM_ID, END_OF_SYSTEM_IDS] = [100, 1000];

/**
 * The files with the accounts that packages ask for at the end. A name that is there already keeps what it has, so a definition
 * decides where it has to. Nobody logs in with a password of a package: what it says of one is left out.
 */
export function withAccounts(files: AccountFiles, accounts: readonly PackageAccount[]): AccountFiles {
  const groups = new Table(files.group);
  const users = new Table(files.passwd);
  const shadow = new Table(files.shadow);
  for (const account of accounts) {
    const {user, group, home, shell, comment} = account;
    for (const name of [group, ...account.groups]) {
      if (groups.has(name)) continue;
      const wanted = name === group ? account.gid : undefined;
      groups.add([name, 'x', String(wanted ?? groups.freeId()), '']);
    }
    if (user === undefined || users.has(user)) continue;
    const uid = String(account.uid ?? users.freeId());
    users.add([user, 'x', uid, groups.idOf(group), comment, home ?? '/', shell ?? '/bin/false']);
    if (!shadow.has(user)) shadow.add([user, '*', '0', '', '', '', '', '', '']);
    for (const name of account.groups) groups.addMember(name, user);
  }
  return {passwd: users.text(), group: groups.text(), shadow: shadow.text()};
}

/** The lines of one of the files: fields between colons, the name first, the number third. */
class Table {
  readonly #rows: string[][];

  constructor(text: string) {
    this.#rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(':'));
  }

  has(name: string): boolean {
    return this.#row(name) !== undefined;
  }

  idOf(name: string): string {
    return this.#row(name)?.[2] ?? '';
  }

  add(row: readonly string[]): void {
    this.#rows.push([...row]);
  }

  addMember(name: string, user: string): void {
    const row = this.#row(name);
    if (row === undefined) return;
    const members = (row[3] ?? '').split(',').filter((member) => member !== '' && member !== user);
    row[3] = [...members, user].join(',');
  }

  /** The first number for a system account that nobody has. */
  freeId(): number {
    const taken = new Set(this.#rows.map(([, , id]) => Number(id)));
    for (let id = FIRST_SYSTEM_ID; id < END_OF_SYSTEM_IDS; id += 1) if (!taken.has(id)) return id;
    throw new Error('all numbers of system accounts are taken');
  }

  text(): string {
    return this.#rows.map((row) => `${row.join(':')}\n`).join('');
  }

  #row(name: string): string[] | undefined {
    return this.#rows.find(([first]) => first === name);
  }
}
