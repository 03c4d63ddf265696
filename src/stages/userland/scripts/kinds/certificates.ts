import {createHash, X509Certificate} from 'node:crypto';
import {symlink} from '../../../../formats/file-tree.ts';
import {canonicalName, subjectOf} from '../certificate-names.ts';
import type {Commands} from '../kinds.ts';
import type {Machine} from '../machine.ts';
import {linesOf} from './text.ts';

const SOURCES = ['usr/share/ca-certificates', 'usr/local/share/ca-certificates'];
const FOLDER = '/etc/ssl/certs';
const BUNDLE = `${FOLDER}/ca-certificates.crt`;

/** The certificates of authorities that programs believe, as update-ca-certificates(8) puts them together. */
export const CERTIFICATE_COMMANDS: Commands = {
  'update-ca-certificates': ({machine}) => {
    const trusted = trustedFiles(machine);
    machine.write(BUNDLE, trusted.map((path) => withEnd(machine.read(`/${path}`) ?? '')).join(''));
    const taken = new Map<string, number>();
    for (const path of trusted) {
      const name = `${path
        .replace(/^.*\//, '')
        .replace(/\.crt$/, '')
        .replaceAll(/[ ,]/g, '_')
        .replaceAll(/[()]/g, '=')}.pem`;
      machine.put(`${FOLDER}/${name}`, symlink(`/${path}`));
      const hash = subjectHash(machine.read(`/${path}`) ?? '');
      if (hash === undefined) continue;
      const number = taken.get(hash) ?? 0;
      taken.set(hash, number + 1);
      machine.put(`${FOLDER}/${hash}.${number}`, symlink(name));
    }
    return 0;
  },
  // Snakeoil: a key that every guest would share is none.
  'make-ssl-cert': () => 0,
};

function trustedFiles(machine: Machine): string[] {
  const lines = linesOf(machine.read('/etc/ca-certificates.conf') ?? '');
  const refused = new Set(
    lines.filter((line) => line.startsWith('!')).map((line) => `${SOURCES[0] ?? ''}/${line.slice(1)}`),
  );
  return SOURCES.flatMap((folder) => machine.below(folder).sort()).filter(
    (path) => path.endsWith('.crt') && !refused.has(path) && machine.files.get(path)?.type === 'file',
  );
}

function withEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** The number that OpenSSL looks a certificate up by: X509_NAME_hash_ex, the first bytes of the SHA-1 of its subject. */
function subjectHash(pem: string): string | undefined {
  try {
    const name = canonicalName(subjectOf(new X509Certificate(pem).raw));
    return createHash('sha1').update(name).digest().readUInt32LE().toString(16).padStart(8, '0');
  } catch {
    return undefined;
  }
}
