import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {sha256} from '../../src/core/canonical.ts';
import {temporary} from './temporary.ts';

/** Makes a package with one file of its name in usr/bin, by dpkg-deb, and gives its path. */
export function makeDeb(
  folder: string,
  fields: {readonly Package: string; readonly Version: string} & Readonly<Record<string, string>>,
): string {
  const root = temporary();
  mkdirSync(join(root, 'DEBIAN'));
  mkdirSync(join(root, 'usr/bin'), {recursive: true});
  const all = {Architecture: 'amd64', Maintainer: 'a test <test@example>', Description: 'a test', ...fields};
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(root, 'DEBIAN/control'), lines.join(''));
  writeFileSync(join(root, 'usr/bin', fields.Package), fields.Version);
  const file = join(folder, `${fields.Package}_${fields.Version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, file], {stdio: 'ignore'});
  return file;
}

/** A key of OpenPGP in a folder of its own. */
export class SigningKey {
  readonly #home = temporary();

  constructor() {
    this.#gpg(['--passphrase', '', '--quick-generate-key', 'test@example', 'rsa2048', 'sign', 'never']);
  }

  /** Its public part. */
  exported(...options: readonly string[]): Buffer {
    return this.#gpg(['--export', ...options]);
  }

  /** A text with its signature around it, as InRelease is. */
  signed(text: string): Buffer {
    return this.#gpg(['--clearsign'], text);
  }

  #gpg(words: readonly string[], input = ''): Buffer {
    const options = ['--homedir', this.#home, '--batch', '--quiet', '--pinentry-mode', 'loopback'];
    return execFileSync('gpg', [...options, ...words], {input, stdio: ['pipe', 'pipe', 'ignore']});
  }
}

/** The files of a repository with packages, its suite being `stable`, by their paths; `Release` has no signature. */
export function repositoryFiles(debs: readonly string[]): Record<string, Buffer | string> {
  const pool = debs.map((path, index): [string, Buffer] => [`pool/tool${index}+1.deb`, readFileSync(path)]);
  const stanzas = pool.map(([path, bytes], index) => {
    const file = debs[index] ?? '';
    const control = execFileSync('dpkg-deb', ['--field', file], {encoding: 'utf8'});
    return `${control}Filename: ${path}\nSize: ${statSync(file).size}\nSHA256: ${sha256(bytes)}\n`;
  });
  const list = stanzas.join('\n');
  const place = 'main/binary-amd64/Packages';
  const release = [
    'Suite: stable',
    `Date: ${new Date().toUTCString()}`,
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ` ${sha256(list)} ${list.length} ${place}`,
    '',
  ].join('\n');
  return {
    ...Object.fromEntries(pool.map(([path, bytes]) => [path.replace('+', '%2b'), bytes])),
    [`dists/stable/${place}`]: list,
    'dists/stable/Release': release,
  };
}
