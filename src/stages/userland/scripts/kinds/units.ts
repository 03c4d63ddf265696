import {directory} from '../../../../formats/file-tree.ts';
import type {Machine, ScriptedPackage} from '../machine.ts';

const UNITS = /^(?:usr\/)?lib\/systemd\/system\/[^/@]+\.service$/;

/** Where systemd makes the folders of a service, by what a unit calls them (systemd.exec(5), "RuntimeDirectory="). */
const PLACES: Readonly<Record<string, string>> = {
  Runtime: 'run',
  State: 'var/lib',
  Cache: 'var/cache',
  Logs: 'var/log',
};

/** Makes the folders that the units of a package have systemd make; a unit runs nothing here. */
export function applyUnitFolders(from: ScriptedPackage, machine: Machine): void {
  for (const [path, entry] of from.tree) {
    if (!UNITS.test(path) || entry.type !== 'file') continue;
    const text = entry.data.toString('utf8');
    const user = settings(text, 'User')[0] ?? 'root';
    const uid = machine.accounts.uid(user) ?? 0;
    const gid =
      machine.accounts.gid(settings(text, 'Group')[0] ?? '') ?? machine.accounts.user(user)?.gid ?? 0;
    for (const [kind, place] of Object.entries(PLACES)) {
      const mode = Number.parseInt(settings(text, `${kind}DirectoryMode`)[0] ?? '755', 8);
      for (const name of settings(text, `${kind}Directory`).map((each) => `${place}/${each}`))
        if (machine.get(name) === undefined && !/%|\.\./.test(name))
          machine.put(name, {...directory(mode), uid, gid});
    }
  }
}

/** The words of all settings of a name. */
function settings(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].flatMap(([, words = '']) =>
    words.split(/\s+/).filter((word) => word !== ''),
  );
}
