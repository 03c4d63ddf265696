import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {LeanosError} from '../../core/error.ts';
import {whyUnread} from '../../core/why-unread.ts';

/** The host's own certificates: Debian and Arch, Fedora, openSUSE. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
];

/**
 * The certificates by which a registry is believed: those of the host, or Node's where it has none, and where one of its own is kept for it, as
 * docker and podman read them: containers-certs.d(5). `file` is a further one.
 * @throws LeanosError USAGE where `file` is none
 */
export async function believedCertificates(
  host: string,
  {env, file}: {readonly env: NodeJS.ProcessEnv; readonly file?: string | undefined},
): Promise<string[]> {
  const config = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '/', '.config');
  const folders = [join(config, 'containers/certs.d'), '/etc/containers/certs.d', '/etc/docker/certs.d'];
  const kept = await Promise.all(folders.map((folder) => certificatesIn(join(folder, host))));
  const bundles = env['SSL_CERT_FILE'] === undefined ? BUNDLES : [env['SSL_CERT_FILE']];
  const own = (await Promise.all(bundles.map(readable))).flat();
  const more = await readable(env['NODE_EXTRA_CA_CERTS'] ?? '');
  return [...(own.length > 0 ? own : rootCertificates), ...more, ...kept.flat(), ...(await asked(file))];
}

async function asked(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LeanosError('USAGE', `--ca ${file}: ${whyUnread(error)}`, {cause: error});
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return [text];
  throw new LeanosError('USAGE', `--ca ${file}: has no certificate in PEM`);
}

async function certificatesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.crt')).sort();
  return (await Promise.all(files.map((name) => readable(join(folder, name))))).flat();
}

async function readable(path: string): Promise<string[]> {
  if (path === '') return [];
  return readFile(path, 'utf8').then(
    (text) => [text],
    () => [],
  );
}
