import {canonicalJson, sha256} from '../core/canonical.ts';
import type {ReleaseRecord} from '../release/record.ts';
import {digestSourceTree} from '../stages/source-tree.ts';
import type {Workspace} from './workspace.ts';

/** What leanos brings to an image beside its program: folders, and the part of each that counts. */
const BROUGHT: Readonly<Record<string, string>> = {
  images: '\\.yaml$',
  'init-scripts': '',
  'buildroot-overlays': '',
  keyrings: '',
  src: '\\.hbs$',
};

/** Which leanos this is, for the record of a release: another one may build other bytes. */
export async function leanosIdentity({
  home,
  version,
}: Workspace): Promise<NonNullable<ReleaseRecord['leanos']>> {
  const digests = await Promise.all(
    Object.entries(BROUGHT).map(([folder, only]) => digestSourceTree(home, folder, {only})),
  );
  return {version, digest: sha256(canonicalJson(digests))};
}
