import {parseLegalInfo} from '../../formats/legal-info.ts';
import type {SpdxPackage} from '../../formats/spdx.ts';
import type {BuildrootRun} from './buildroot-run.ts';
import type {DebianPackages} from './from-debian.ts';

/** What Buildroot's `make legal-info` and `make show-info` say of the packages that are in the target. */
export async function packageFacts(
  buildroot: BuildrootRun,
  {packages, recipes, arch}: DebianPackages & {readonly arch: string},
): Promise<SpdxPackage[]> {
  const legal = parseLegalInfo(...(await buildroot.legalInfo()));
  return legal.map(({name, version, licences, archive, site, sha256, patches}) => {
    const known = packages.find((each) => each.name === name && each.type === 'target');
    const recipe = recipes.get(name);
    // What Buildroot's patches answer is answered in its own version alone.
    const ignoredCves = recipe === undefined ? (known?.ignoredCves ?? []) : [];
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
      ...(ignoredCves.length === 0 ? {} : {ignoredCves}),
      ...(recipe === undefined ? {} : {recipe}),
      patches,
    };
  });
}
