import {join} from 'node:path';

/** Where definitions and what they name are: absolute folders, the same one for leanos' own checkout. */
export interface Places {
  /** What leanos brings. */
  readonly home: string;
  /** What the user writes. */
  readonly project: string;
}

/** A folder that is both, as leanos' own checkout is. */
export function bothIn(folder: string): Places {
  return {home: folder, project: folder};
}

/** What the names and paths of what leanos brings begin with: `leanos/test`, `leanos/buildroot-overlays/cirros`. */
const BROUGHT = 'leanos/';

/** A name or a path of a definition, without the word that says whose it is. */
export interface Reference {
  readonly name: string;
  /** Whether it is leanos' own, wherever it is named. */
  readonly isBrought: boolean;
}

export function parseReference(text: string): Reference {
  const isBrought = text.startsWith(BROUGHT);
  return {name: isBrought ? text.slice(BROUGHT.length) : text, isBrought};
}

/** The name of an image as files and folders have it: `test` of `leanos/test`. */
export function plainName(reference: string): string {
  return parseReference(reference).name;
}

/** The folder that a reference starts from; `from` is the one that the file with the reference is in. */
export function rootOf({isBrought}: Reference, {home}: Pick<Places, 'home'>, from: string): string {
  return isBrought ? home : from;
}

/**
 * A path of a definition as it is known everywhere: with `leanos/` where it is leanos' own. In leanos' own checkout there is
 * nothing to tell apart.
 */
export function knownPath(path: string, from: string, {home, project}: Places): string {
  const reference = parseReference(path);
  const isBrought = home !== project && rootOf(reference, {home}, from) === home;
  return isBrought ? `${BROUGHT}${reference.name}` : reference.name;
}

/** Where a path of a definition is: the folder that it starts from, and the way from there. */
export function placeOf(
  path: string,
  {home, project}: Places,
): {readonly root: string; readonly path: string} {
  const reference = parseReference(path);
  return {root: rootOf(reference, {home}, project), path: reference.name};
}

/** The folder of a project's, or of leanos' own, definitions of images. */
export function imagesFolder(root: string): string {
  return join(root, 'images');
}
