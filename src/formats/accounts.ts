/** A system account that somebody asks for. */
export interface Account {
  /** Absent where only a group is asked for. */
  readonly user?: string;
  readonly uid?: number;
  /** The user's main group. */
  readonly group: string;
  readonly gid?: number;
  readonly home?: string;
  readonly shell?: string;
  /** More groups that the user is in. */
  readonly groups: readonly string[];
  readonly comment: string;
  /** Files of packages are of its numbers: one that is there with others gets them. */
  readonly ownsFiles?: boolean;
}

/** The number of the login user and of its group: the first that is no system account's. */
export const LOGIN_ID = 1000;

/** The texts of /etc/passwd, /etc/group and /etc/shadow. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
}

/** The number from which system accounts get theirs, and the one before which they end, in Buildroot as in Debian. */
const [FIRST_SYSTEM_ID, END_OF_SYSTEM_IDS] = [100, LOGIN_ID];
/** Behind these are the numbers that packages of Debian have: stages/userland/scripts/accounts.ts. */
const END_OF_FREE_IDS = 300;

/**
 * The files with these accounts at the end; numbers that one asks for are not given to another. A name that is there
 * already keeps what it has, so a definition decides where it has to; a free number that it was given gives way to one that files are of. Nobody logs in with a password of a package: what it
 * says of one is left out.
 */
export function withAccounts(files: AccountFiles, accounts: readonly Account[]): AccountFiles {
  const groups = new Table(
    files.group,
    accounts.map(({gid}) => gid),
  );
  const users = new Table(
    files.passwd,
    accounts.map(({uid}) => uid),
  );
  const shadow = new Table(files.shadow);
  for (const account of accounts) {
    const {user, group, home, shell, comment} = account;
    for (const name of [group, ...account.groups]) {
      if (groups.has(name)) continue;
      const wanted = name === group ? account.gid : undefined;
      groups.add([name, 'x', String(wanted ?? groups.freeId()), '']);
    }
    if (account.ownsFiles === true) {
      groups.renumber(group, account.gid);
      users.renumber(user ?? '', account.uid, account.gid);
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
  readonly #reserved: readonly (number | undefined)[];

  constructor(text: string, reserved: readonly (number | undefined)[] = []) {
    this.#reserved = reserved;
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

  /** Gives a name another number, and group, where its own is one that was free. */
  renumber(name: string, id: number | undefined, gid?: number): void {
    const row = this.#row(name);
    const before = Number(row?.[2]);
    if (row === undefined || id === undefined || before < FIRST_SYSTEM_ID || before >= END_OF_FREE_IDS)
      return;
    row[2] = String(id);
    if (gid !== undefined) row[3] = String(gid);
  }

  addMember(name: string, user: string): void {
    const row = this.#row(name);
    if (row === undefined) return;
    const members = (row[3] ?? '').split(',').filter((member) => member !== '' && member !== user);
    row[3] = [...members, user].join(',');
  }

  /** The first number for a system account that nobody has or asks for. */
  freeId(): number {
    const taken = new Set([...this.#reserved, ...this.#rows.map(([, , id]) => Number(id))]);
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
