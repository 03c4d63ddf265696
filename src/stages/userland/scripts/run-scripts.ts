import {applyChange} from '../sandbox/apply-change.ts';
import type {SandboxedDeeds} from '../sandbox/changes.ts';
import {controlText, inOrder} from './control.ts';
import {applySysusers} from './kinds/sysusers.ts';
import {applyTmpfiles} from './kinds/tmpfiles.ts';
import {applyUnitFolders} from './kinds/units.ts';
import {Machine, type ScriptedPackage} from './machine.ts';
import {Shell} from './shell.ts';

/** Their scripts make, or mend at an upgrade, what the root of an image has already: merged /usr, /var/run. */
const OF_THE_ROOT: readonly string[] = ['base-files', 'libc6'];

/**
 * Does what the maintainer scripts of packages do at their first installation (Debian Policy, "Package maintainer scripts and
 * installation procedure"), with the accounts and folders that they have systemd make, to a machine of values. `ignored` are the
 * packages whose scripts are passed over; what was done in a sandbox is done as it was there.
 */
export function runScripts(
  packages: readonly ScriptedPackage[],
  ignored: ReadonlySet<string>,
  {
    sandboxed = new Map(),
    keepsCapabilities = true,
  }: {
    readonly sandboxed?: ReadonlyMap<string, SandboxedDeeds>;
    readonly keepsCapabilities?: boolean;
  } = {},
): Machine {
  const machine = new Machine(packages, {keepsCapabilities});
  const ordered = inOrder(packages).filter(({name}) => !ignored.has(name) && !OF_THE_ROOT.includes(name));
  for (const each of ordered) applySysusers(each, machine);
  for (const each of ordered) {
    const deeds = sandboxed.get(each.name);
    if (deeds === undefined) runScript(machine, each, 'preinst', ['install']);
    else applyChange(deeds.unpack, machine);
  }
  for (const each of ordered) {
    const deeds = sandboxed.get(each.name);
    if (deeds === undefined) {
      runScript(machine, each, 'config', ['configure', '']);
      runScript(machine, each, 'postinst', ['configure', '']);
    } else applyChange(deeds.configure, machine);
  }
  for (const each of ordered) {
    const deeds = sandboxed.get(each.name);
    if (deeds !== undefined) {
      applyChange(deeds.trigger, machine);
      continue;
    }
    const active = activeTriggers(each, packages, machine);
    if (active.length > 0) runScript(machine, each, 'postinst', ['triggered', active.join(' ')]);
  }
  for (const each of ordered) {
    applyTmpfiles(each, machine);
    applyUnitFolders(each, machine);
  }
  return machine;
}

function runScript(
  machine: Machine,
  from: ScriptedPackage,
  script: 'preinst' | 'config' | 'postinst',
  args: readonly string[],
): void {
  const text = controlText(from, script);
  if (text === undefined) return;
  const shell = new Shell(machine, {package: from, script});
  const program = /^#! *(\S+)/.exec(text)?.[1] ?? '';
  if (/\/(sh|dash|bash)$/.test(program)) shell.runScript(text, args);
  else shell.unknown(`is a program of ${program}`);
}

/** The triggers that a package waits for and that another has, brings files for, or activates (deb-triggers(5)). */
function activeTriggers(
  waiting: ScriptedPackage,
  packages: readonly ScriptedPackage[],
  machine: Machine,
): string[] {
  const activated = new Set([
    ...machine.triggers,
    ...packages.flatMap((each) => triggerNames(each, /^activate(-\w+)?\s+(\S+)/gm)),
  ]);
  return triggerNames(waiting, /^interest(-\w+)?\s+(\S+)/gm).filter((name) =>
    name.startsWith('/') ? machine.below(name).length > 1 : activated.has(name),
  );
}

function triggerNames(from: ScriptedPackage, pattern: RegExp): string[] {
  return [...(controlText(from, 'triggers') ?? '').matchAll(pattern)].map(([, , name = '']) => name);
}
