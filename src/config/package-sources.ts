import {normalPath} from '../formats/file-tree.ts';
import {isNamed, type ListedDeb} from './packages.ts';
import type {DebFile, ImageFile, RepositoryDefinition} from './image.ts';
import type {NamedPackage} from '../system/more-sources.ts';
import type {Path, YamlDocument} from './yaml.ts';

/** The components of a repository that says nothing of them. */
const COMPONENTS = ['main'];

/** The packages of one file of a definition that are files themselves; `known` makes a path of it one that is known everywhere. */
export function debFiles(document: YamlDocument, known: (path: string) => string): DebFile[] {
  const {isForAnyBase, list, path} = listedIn(document);
  return list.flatMap((listed, index) => {
    if (isNamed(listed)) return [];
    const {deb, sha256, files}: ListedDeb = listed;
    const said = document.at([...path, index, 'deb'], '');
    return [{path: known(normalPath(deb)), sha256, files, isForAnyBase, said}];
  });
}

/** The Debian packages that a definition names, and where. */
export function namedPackages(document: YamlDocument): NamedPackage[] {
  const {list, path} = listedIn(document);
  return list.flatMap((listed, index) =>
    isNamed(listed)
      ? [{name: typeof listed === 'string' ? listed : listed.name, said: document.at([...path, index], '')}]
      : [],
  );
}

/** The list of Debian's packages of a definition. */
function listedIn(document: YamlDocument): {
  readonly isForAnyBase: boolean;
  readonly list: readonly Parameters<typeof isNamed>[0][];
  readonly path: Path;
} {
  const {packages} = (document.value ?? {}) as ImageFile;
  return Array.isArray(packages)
    ? {isForAnyBase: true, list: packages, path: ['packages']}
    : {isForAnyBase: false, list: packages?.debian ?? [], path: ['packages', 'debian']};
}

/** The repositories of a definition; `at` is the place of a key in the file that has the last word on it. */
export function repositoryDefinitions(
  {repositories = {}}: ImageFile,
  at: (path: readonly string[]) => RepositoryDefinition['said'],
): RepositoryDefinition[] {
  return Object.entries(repositories).map(
    ([name, {url, suite, components = COMPONENTS, keyring, priority, packages}]) => {
      const said = at(['repositories', name]);
      return {name, url, suite, components, keyring, priority, packages, said};
    },
  );
}
