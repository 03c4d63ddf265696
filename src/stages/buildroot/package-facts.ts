import type {BuildrootPackage} from '../../formats/buildroot.ts';
import {parseLegalInfo} from '../../formats/legal-info.ts';
import type {SpdxPackage} from '../../formats/spdx.ts';
import type {BuildrootRun} from './buildroot-run.ts';

/** What Buildroot's `make legal-info` and `make show-info` say of the packages that are in the target. */
export async function packageFacts(
  buildroot: BuildrootRun,
  packages: readonly BuildrootPackage[],
  arch: string,
): Promise<SpdxPackage[]> {
  const legal = parseLegalInfo(...(await buildroot.legalInfo()));
  return legal.map(({name, version, licences, archive, site, sha256, patches}) => {
    const known = packages.find((each) => each.name === name && each.type === 'target');
    return {
      name,
      version,
      architecture: arch,
      source: archive,
      sha256,
      licences,
      origin: 'buildroot',
      ...(/^(https?|ftp):/.test(site) && archive !== '' ? {address: `${site}/${archive}`} : {}),
      ...(known?.cpe === undefined ? {} : {cpe: known.cpe}),
      ...(known === undefined || known.ignoredCves.length === 0 ? {} : {ignoredCves: known.ignoredCves}),
      patches,
    };
  });
}
