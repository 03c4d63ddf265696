import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {temporary} from './temporary.ts';

/** A certificate for 127.0.0.1, and for the host as its guests see it, by an authority of its own. */
export function certificates() {
  const folder = temporary();
  const at = (name: string): string => join(folder, name);
  const openssl = (words: readonly string[]): void => void execFileSync('openssl', words, {stdio: 'pipe'});
  openssl([
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=own authority',
    '-days',
    '2',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  ]);
  openssl([
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=registry',
    '-keyout',
    at('key.pem'),
    '-out',
    at('request.pem'),
  ]);
  writeFileSync(at('extensions'), 'subjectAltName=IP:127.0.0.1,IP:10.0.2.2\n');
  openssl([
    'x509',
    '-req',
    '-in',
    at('request.pem'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('extensions'),
    '-out',
    at('certificate.pem'),
  ]);
  return {ca: at('ca.pem'), tls: {certificate: at('certificate.pem'), key: at('key.pem')}};
}
