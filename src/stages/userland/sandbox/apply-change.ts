import type {Entry} from '../../../formats/file-tree.ts';
import type {Machine} from '../scripts/machine.ts';
import type {Change} from './changes.ts';

/** Numbers that adduser(8) and useradd(8) draw: another than one of these was asked for. */
const isDrawn = (id: number): boolean => id >= 100 && id < 60000;

/** Does to a machine of values what scripts did in a sandbox, with the accounts' numbers of the machine. */
export function applyChange({entries, gone, accounts}: Change, machine: Machine): void {
  addAccounts(accounts, machine);
  const users = namesById(accounts.passwd.after);
  const groups = namesById(accounts.group.after);
  const owned = (entry: Entry): Entry => ({
    ...entry,
    uid: machine.accounts.uid(users.get(entry.uid) ?? '') ?? entry.uid,
    gid: machine.accounts.gid(groups.get(entry.gid) ?? '') ?? entry.gid,
  });
  for (const path of gone) machine.remove(path);
  for (const [path, entry] of entries) machine.put(path, owned(entry));
}

function addAccounts({passwd, group}: Change['accounts'], {accounts}: Machine): void {
  const given = (id: string): number | undefined => (isDrawn(Number(id)) ? undefined : Number(id));
  const groups = fieldsOf(group.after);
  for (const [name = '', , gid = ''] of added(group)) accounts.addGroup(name, given(gid));
  for (const [name = '', , uid = '', gid = '', comment = '', home = '', shell = ''] of added(passwd)) {
    const own = groups.find(([, , number]) => number === gid)?.[0];
    accounts.addUser({name, uid: given(uid), group: own, home, comment, shell});
  }
  const before = new Map(fieldsOf(group.before).map(([name, , , members]) => [name, members?.split(',')]));
  for (const [name = '', , , members = ''] of groups)
    for (const member of members.split(',').filter(Boolean))
      if (before.get(name)?.includes(member) !== true) accounts.addMember(member, name);
}

/** The lines of accounts that were not there before, in their order. */
function added({before, after}: {readonly before: string; readonly after: string}): string[][] {
  const known = new Set(fieldsOf(before).map(([name]) => name));
  return fieldsOf(after).filter(([name]) => !known.has(name));
}

function namesById(text: string): ReadonlyMap<number, string> {
  return new Map(fieldsOf(text).map(([name = '', , id]) => [Number(id), name]));
}

function fieldsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}
