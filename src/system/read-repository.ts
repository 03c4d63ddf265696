import {copyFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {configError} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import {whatAptSaid} from './apt-error.ts';
import {aptOptions} from './apt-options.ts';
import {onlyPackages, withUrls, type FlatRepository} from './flat-repository.ts';
import {repositoryPriority, repositoryScheme, type Repository} from './more-sources.ts';
import type {Run} from './run.ts';

/**
 * Has apt fetch the lists of a repository into an empty folder, and check that a key of its keyring has signed them.
 * @throws LeanosError CONFIG_INVALID at its place in the definition where it is not signed so, DOWNLOAD_FAILED where it cannot be had
 */
export async function readRepository(
  repository: Repository,
  {folder, architecture, run}: {readonly folder: string; readonly architecture: string; readonly run: Run},
): Promise<FlatRepository> {
  const {name, url, suite, components, keyring, packages} = repository;
  await mkdir(join(folder, 'lists/partial'), {recursive: true});
  await mkdir(join(folder, 'archives/partial'), {recursive: true});
  // apt knows by its name how a keyring is written.
  const keys = join(folder, keyring.isArmoured ? 'keyring.asc' : 'keyring.gpg');
  await copyFile(keyring.path, keys);
  await writeFile(join(folder, 'status'), '');
  const where = [url, suite, ...(suite.endsWith('/') ? [] : components)].join(' ');
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keys}] ${where}\n`);
  const options = [...aptOptions(folder, architecture), 'Acquire::GzipIndexes=false'].flatMap((option) => [
    '-o',
    option,
  ]);
  await run(['apt-get', ...options, 'update', '--quiet']).catch((error: unknown) => {
    throw repositoryError(error, repository);
  });
  const lists = (await readdir(join(folder, 'lists'))).filter((file) => file.endsWith('_Packages')).sort();
  const texts = await Promise.all(lists.map((file) => readFile(join(folder, 'lists', file), 'utf8')));
  const list = withUrls(texts.join('\n'), repositoryScheme(repository));
  return {
    name,
    list: packages === undefined ? list : onlyPackages(list, packages),
    priority: repositoryPriority(repository),
  };
}

/** What apt says of signatures, and what it means to who wrote the definition. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/NO_PUBKEY|Missing key/, 'it is signed by another key than those of its keyring'],
  [/EXPKEYSIG|KEYEXPIRED|EXPSIG/, 'its signature, or the key that made it, has expired'],
  [/BADSIG|invalid signature|Clearsigned file isn't valid/i, 'its signature is not one of what it has'],
  [/is not signed/, 'it is not signed, and a repository must be'],
];

function repositoryError(error: unknown, {url, suite, said}: Repository): unknown {
  if (!(error instanceof LeanosError) || error.code !== 'COMMAND_FAILED') return error;
  const text = whatAptSaid(error);
  // Of what it was not given apt says as well that it is not signed.
  const refused = /^E: Failed to fetch .*\b(401|403|407|5\d\d)\b/m.exec(text)?.[1];
  const [, wrong] = refused === undefined ? (SIGNATURES.find(([sentence]) => sentence.test(text)) ?? []) : [];
  if (wrong !== undefined) return configError([{...said, message: `${url} ${suite}: ${wrong}`}]);
  const lines = [...text.matchAll(/^[EW]: .*$/gm)].map(([line]) => `\n  ${line}`);
  const hints = [
    `${said.file}:${said.line}:${said.column}     names the repository`,
    ...(refused === '401'
      ? ['/etc/apt/auth.conf.d     may have a name and a password for it: apt_auth.conf(5)']
      : []),
  ];
  return new LeanosError('DOWNLOAD_FAILED', `cannot have the lists of ${url} ${suite}${lines.join('')}`, {
    hint: hints.join('\n  '),
    cause: error,
  });
}
