import type {Entry} from '../../../formats/file-tree.ts';
import {isSame, type Change, type SandboxedDeeds} from './changes.ts';

/** What two runs of the same scripts have in common, and the paths of what they have not. */
export interface Common {
  readonly deeds: SandboxedDeeds;
  /** Files, and folders with all that scripts have put into them. */
  readonly left: readonly string[];
}

/** A folder of a package's own state. What is in it belongs together. */
const STATE = /^(?:var\/(?:lib|cache|spool)|srv|opt)\/[^/]+(?=\/)/;

/**
 * What is left of two runs: a file that comes out other each time is a machine's own, such as a key, and the state that has one is
 * made whole on a machine or not at all.
 */
export function commonOf(one: SandboxedDeeds, other: SandboxedDeeds): Common {
  const parts = ['unpack', 'configure', 'trigger'] as const;
  const differing = parts.flatMap((part) => differences(one[part], other[part]));
  const folders = new Set(differing.flatMap((path) => STATE.exec(path) ?? []));
  const files = new Set(differing.filter((path) => !STATE.test(path)));
  const isLeft = (path: string): boolean => files.has(path) || folders.has(STATE.exec(path)?.[0] ?? '');
  const kept = (change: Change): Change => ({
    ...change,
    entries: new Map([...change.entries].filter(([path]) => !isLeft(path))),
  });
  return {
    deeds: {unpack: kept(one.unpack), configure: kept(one.configure), trigger: kept(one.trigger)},
    left: [...files, ...folders].sort(),
  };
}

function differences(one: Change, other: Change): string[] {
  const paths = new Set([...one.entries.keys(), ...other.entries.keys()]);
  const isOther = (a: Entry | undefined, b: Entry | undefined): boolean => b === undefined || !isSame(a, b);
  return [...paths].filter((path) => isOther(one.entries.get(path), other.entries.get(path)));
}
