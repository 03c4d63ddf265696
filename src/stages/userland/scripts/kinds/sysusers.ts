import type {Machine, ScriptedPackage} from '../machine.ts';

const FILES = /^usr\/lib\/sysusers\.d\/[^/]+\.conf$/;

/** Makes the accounts of a package's sysusers.d(5). */
export function applySysusers(from: ScriptedPackage, machine: Machine): void {
  for (const [path, entry] of from.tree) {
    if (!FILES.test(path) || entry.type !== 'file') continue;
    for (const [index, line] of entry.data.toString('utf8').split('\n').entries()) {
      const fields = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      if (fields.length === 0 || line.startsWith('#')) continue;
      if (
        !applyLine(
          fields.map((field) => (field === '-' ? '' : field)),
          machine,
        )
      )
        machine.unknown.push({package: from.name, script: path, line: index + 1, deed: line});
    }
  }
}

/** A line of sysusers.d(5): type, name, number, comment, home, shell. */
function applyLine(
  [type = '', name = '', id = '', comment = '', home = '', shell = '']: string[],
  {accounts}: Machine,
): boolean {
  const [uid = '', group = ''] = id.split(':');
  const number = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
  switch (type.replace(/!$/, '')) {
    case 'u':
      accounts.addUser({
        name,
        uid: number(uid),
        group: group === '' ? undefined : group,
        home: home === '' ? '/' : home,
        comment,
        shell: shell === '' ? undefined : shell,
      });
      return true;
    case 'g':
      accounts.addGroup(name, number(uid));
      return true;
    case 'm':
      accounts.addUser({name});
      accounts.addGroup(id);
      accounts.addMember(name, id);
      return true;
    case 'r':
      return true; // a range of numbers: leanos has its own
    default:
      return false;
  }
}
