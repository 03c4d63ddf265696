import {preDependenciesOf, inOrder} from '../scripts/control.ts';
import type {ScriptedPackage} from '../scripts/machine.ts';
import {baseNames} from './base-tree.ts';
import type {Step} from './inside.ts';

/** The name of what is written down of a part of an installation. */
export function recordOf(name: string, part: string): string {
  return `${name}.${part}`;
}

/**
 * The way of an installation: the base, then the others behind what they depend on, many at once up to one that is watched or needs
 * others set up before it is unpacked (deb-control(5), Pre-Depends); triggers of those that are watched come last.
 */
export function stepsOf(packages: readonly ScriptedPackage[], watched: ReadonlySet<string>): Step[] {
  const base = baseNames(packages);
  const ordered = inOrder(packages);
  const steps = install(ordered.filter(({name}) => base.has(name)).map(({name}) => name));
  let batch: string[] = [];
  for (const each of ordered.filter(({name}) => !base.has(name))) {
    const {name} = each;
    if (watched.has(name) || preDependenciesOf(each).some((needed) => batch.includes(needed))) {
      steps.push(...install(batch));
      batch = [];
    }
    if (watched.has(name)) steps.push(watch(name, 'unpack'), watch(name, 'configure'));
    else batch.push(name);
  }
  const triggered = ordered.filter(({name}) => watched.has(name)).map(({name}) => watch(name, 'trigger'));
  return [...steps, ...install(batch), ...triggered];
}

function install(packages: readonly string[]): Step[] {
  return [
    {kind: 'unpack', packages},
    {kind: 'configure', packages},
  ];
}

function watch(name: string, part: 'unpack' | 'configure' | 'trigger'): Step {
  return {kind: 'watch', record: recordOf(name, part), part, package: name};
}
