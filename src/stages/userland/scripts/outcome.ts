import {mergeTrees, type Entry, type FileTree} from '../../../formats/file-tree.ts';
import {FACTORY} from '../../rootfs/merged-usr.ts';
import {isBallast} from '../ballast.ts';
import {twin, type Machine} from './machine.ts';

/** What a machine keeps beside /usr and /etc, or makes at each boot. */
const STATE = /^(var|run|srv|opt|root|home)\//;
/** What the programs remember that install packages, and what every machine has. */
const NOT_STATE =
  /^(run\/lock|var\/(backups|mail|tmp|local|cache\/(debconf|apt|ldconfig)|lib\/(dpkg|ucf|apt|misc|pam|systemd\/deb-systemd[^/]*)|log\/apt))(\/|$)/;

/** What is empty whenever a machine starts. */
const FLEETING = /^(tmp|proc|sys|dev)\//;

/** Whether a machine begins with what a package has at a path beside /usr and /etc. */
export function isState(path: string): boolean {
  return STATE.test(path) && !NOT_STATE.test(path);
}

/**
 * What is left of packages once their scripts are done: the files that are taken, as the scripts have them, and below
 * `usr/lib/leanos/factory` what a machine's own folders begin with. `before` are the files of the machine before any script.
 */
export function outcomeOf(machine: Machine, before: FileTree, taken: FileTree): FileTree {
  const places = new Map([...taken.keys()].map((path) => [twin(path), path]));
  const outcome = new Map(taken);
  for (const path of before.keys()) if (!machine.files.has(path)) outcome.delete(places.get(path) ?? path);
  for (const [path, entry] of machine.files) {
    if (STATE.test(path) || FLEETING.test(path)) continue;
    const known = places.get(path);
    const isNew = !before.has(path) && !isBallast(path);
    if (before.get(path) !== entry && (known !== undefined || isNew)) outcome.set(known ?? path, entry);
  }
  return mergeTrees(withoutLostLinks(outcome, machine, taken), stateOf(machine));
}

/** Links that scripts have made lead to what is taken; a manual page is not. */
function withoutLostLinks(outcome: FileTree, machine: Machine, taken: FileTree): FileTree {
  const places = new Set([...outcome.keys()].map(twin));
  const isLost = (path: string, entry: Entry): boolean => {
    if (entry.type !== 'symlink' || taken.get(path) === entry) return false;
    const target = machine.locate(`/${path}`);
    return machine.files.get(target)?.type === 'file' && !places.has(target);
  };
  return new Map([...outcome].filter(([path, entry]) => !isLost(path, entry)));
}

/** The folders and files of a machine beside /usr and /etc that packages bring or their scripts make. */
function stateOf(machine: Machine): FileTree {
  const found = [...machine.files].filter(([path]) => isState(path));
  const own = found.filter(([path]) => !machine.isSkeleton(path));
  return new Map(own.map(([path, entry]): [string, Entry] => [`${FACTORY}/${path}`, entry]));
}
