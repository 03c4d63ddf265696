import {mkdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {sha256} from '../core/canonical.ts';
import type {LocalPackage} from './more-sources.ts';

/** The field of a stanza that says where the file is, as pins say it. */
export const URL_FIELD = 'Leanos-Url';

/** A list of packages on this machine, of which apt makes an archive like others. */
export interface FlatRepository {
  readonly name: string;
  /** Stanzas of deb822(5), each with the field that says where the file is. */
  readonly list: string;
  /** apt_preferences(5). */
  readonly priority: number | undefined;
}

/** The name of the repository of local packages; no repository of a definition can be called so. */
const LOCAL = 'local packages';
/** Above every other, whatever the version. */
const LOCAL_PRIORITY = 1001;

/** Local packages as a repository. */
export function localRepository(debs: readonly LocalPackage[]): FlatRepository {
  const stanzas = debs.map(
    ({control, url, bytes, sha256: digest}) =>
      `${withoutField(control).trimEnd()}\nFilename: ${url.replace(/^.*[:/]/, '')}\nSize: ${bytes}\nSHA256: ${digest}\n${URL_FIELD}: ${url}\n`,
  );
  return {name: LOCAL, list: stanzas.join('\n'), priority: LOCAL_PRIORITY};
}

/** A list with the addresses of its files: what lies outside of the repository is not taken for a file of it. */
export function withUrls(list: string, scheme: string): string {
  return withoutField(list).replaceAll(
    /^Filename: *(?:\.\/)?([A-Za-z0-9][\w.+~%:/-]*)$/gm,
    `$&\n${URL_FIELD}: ${scheme}:$1`,
  );
}

/** The stanzas of a list that are of packages of these names. */
export function onlyPackages(list: string, names: readonly string[]): string {
  const stanzas = list.split(/\n{2,}/).filter((stanza) => {
    const name = /^Package: *(\S+)$/m.exec(stanza)?.[1];
    return name !== undefined && names.includes(name);
  });
  return stanzas.map((stanza) => `${stanza.trim()}\n`).join('\n');
}

/** What is signed is a package, not where leanos looks for it. */
function withoutField(list: string): string {
  return list.replaceAll(new RegExp(`^${URL_FIELD}:.*\n?`, 'gim'), '');
}

/**
 * Writes an archive of one list (sources.list(5), "flat repository format") and gives the line that names it. It needs no
 * signature: what is in it was checked before.
 */
export async function writeFlatRepository(
  folder: string,
  {name, list}: Pick<FlatRepository, 'name' | 'list'>,
): Promise<string> {
  await mkdir(folder, {recursive: true});
  const file = join(folder, 'Packages');
  await writeFile(file, list);
  const {size} = await stat(file);
  await writeFile(
    join(folder, 'Release'),
    `Origin: ${originOf(name)}\nDate: Thu, 01 Jan 1970 00:00:00 UTC\nSHA256:\n ${sha256(list)} ${size} Packages\n`,
  );
  return `deb [trusted=yes] file:${folder} ./\n`;
}

/** The preferences (apt_preferences(5)) of repositories. */
export function preferences(repositories: readonly FlatRepository[]): string {
  return repositories
    .flatMap(({name, priority}) =>
      priority === undefined
        ? []
        : [`Package: *\nPin: release o=${originOf(name)}\nPin-Priority: ${priority}\n`],
    )
    .join('\n');
}

function originOf(name: string): string {
  return `leanos ${name}`;
}
