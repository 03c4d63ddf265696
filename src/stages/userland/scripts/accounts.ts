import {createHash} from 'node:crypto';
import {DEBIAN_GROUPS, DEBIAN_USERS} from '../../../core/debian-accounts.ts';
import type {Account} from '../../../formats/accounts.ts';

interface User {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly comment: string;
  readonly groups: Set<string>;
}

export interface UserRequest {
  readonly name: string;
  readonly uid?: number | undefined;
  /** By name or number; absent: one of its own name. */
  readonly group?: string | undefined;
  readonly home?: string | undefined;
  readonly comment?: string | undefined;
  readonly shell?: string | undefined;
}

/** Where the numbers of accounts that packages make lie: behind those that images give, before those of people. */
const [FIRST, END] = [300, 900];
const NO_LOGIN = '/bin/false';

/**
 * The accounts of a machine: Debian's own, and those that packages make. A number that nobody names is made of the account's
 * name, so that it stays when packages come and go: files on a machine's disk are kept by numbers.
 */
export class Accounts {
  readonly #groups = new Map<string, number>(Object.entries(DEBIAN_GROUPS));
  readonly #users = new Map<string, User>(
    Object.entries(DEBIAN_USERS).map(([name, {uid, gid, home}]): [string, User] => [
      name,
      {uid, gid, home, shell: NO_LOGIN, comment: name, groups: new Set()},
    ]),
  );

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  uid(name: string): number | undefined {
    return /^\d+$/.test(name) ? Number(name) : this.#users.get(name)?.uid;
  }

  gid(name: string): number | undefined {
    return /^\d+$/.test(name) ? Number(name) : this.#groups.get(name);
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  addGroup(name: string, gid?: number): void {
    if (!this.#groups.has(name)) this.#groups.set(name, gid ?? this.#free(name));
  }

  addUser({name, uid, group, home = '/nonexistent', comment = '', shell}: UserRequest): void {
    if (this.#users.has(name)) return;
    const number = uid ?? this.#free(name);
    if (group === undefined) this.addGroup(name, uid ?? number);
    this.#users.set(name, {
      uid: number,
      gid: this.gid(group ?? name) ?? number,
      home,
      shell: shell === undefined || shell.endsWith('/nologin') ? NO_LOGIN : shell,
      comment: comment.replaceAll(/[:\n]/g, ' ') || name,
      groups: new Set(),
    });
  }

  addMember(user: string, group: string): void {
    this.#users.get(user)?.groups.add(group);
  }

  /** All of them, groups that no user has as their own too. */
  list(): Account[] {
    const names = new Map([...this.#groups].map(([name, gid]) => [gid, name]));
    const users = [...this.#users].map(([user, {uid, gid, home, shell, comment, groups}]): Account => ({
      user,
      uid,
      group: names.get(gid) ?? user,
      gid,
      home,
      shell,
      groups: [...groups],
      comment,
      ownsFiles: true,
    }));
    const groups = [...this.#groups].map(([group, gid]): Account => ({
      group,
      gid,
      groups: [],
      comment: group,
      ownsFiles: true,
    }));
    return [...groups, ...users];
  }

  #free(name: string): number {
    const taken = new Set([...this.#groups.values(), ...[...this.#users.values()].map(({uid}) => uid)]);
    let id = FIRST + (createHash('sha256').update(name).digest().readUInt32BE() % (END - FIRST));
    const own = this.#groups.get(name);
    if (own !== undefined && own >= FIRST && own < END) return own;
    while (taken.has(id)) id = id + 1 === END ? FIRST : id + 1;
    return id;
  }
}
