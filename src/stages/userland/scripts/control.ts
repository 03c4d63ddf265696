import {packageRelations, parseStanzas} from '../../../system/apt.ts';
import type {ScriptedPackage} from './machine.ts';

/** The text of a file of a package's control archive; undefined where it has none. */
export function controlText({control}: Pick<ScriptedPackage, 'control'>, name: string): string | undefined {
  const entry = control.get(name);
  return entry?.type === 'file' ? entry.data.toString('utf8') : undefined;
}

/** The names of the packages that one depends on, alternatives too (deb-control(5)). */
export function dependenciesOf(from: Pick<ScriptedPackage, 'control'>): string[] {
  const [stanza] = parseStanzas(controlText(from, 'control') ?? '');
  return stanza === undefined ? [] : [...packageRelations(stanza).dependencies];
}

/** The names of the packages that have to be set up before one is unpacked. */
export function preDependenciesOf(from: Pick<ScriptedPackage, 'control'>): string[] {
  const [stanza] = parseStanzas(controlText(from, 'control') ?? '');
  const field = stanza?.get('Pre-Depends');
  return field === undefined ? [] : [...packageRelations(new Map([['Pre-Depends', field]])).dependencies];
}

/** Packages in the order in which dpkg sets them up: behind what they depend on, else by name. */
export function inOrder(packages: readonly ScriptedPackage[]): ScriptedPackage[] {
  const byName = new Map(packages.map((each) => [each.name, each]));
  const ordered = new Set<ScriptedPackage>();
  const seen = new Set<string>();
  const visit = (from: ScriptedPackage): void => {
    if (seen.has(from.name)) return;
    seen.add(from.name);
    for (const name of dependenciesOf(from).sort()) {
      const needed = byName.get(name);
      if (needed !== undefined) visit(needed);
    }
    ordered.add(from);
  };
  for (const each of [...packages].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(each);
  return [...ordered];
}
