import {buildFolders} from '../../build/build-folders.ts';
import {openRegistry} from '../../build/open-registry.ts';
import {count} from '../../core/count.ts';
import {formatOciAddress, parseOciAddress} from '../../formats/oci-address.ts';
import {push, pushedFiles} from '../../release/push.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';
import {saysOutcome, transferLine} from '../transfer-line.ts';

/** What says how a registry is reached. */
export interface RegistryFlags {
  readonly ca?: string;
  readonly plainHttp?: boolean;
  readonly json?: boolean;
}

/** `leanos push IMAGE oci://HOST/NAME:TAG` */
export async function pushCommand(
  [image, place]: readonly [string, string],
  options: ImageOptions & RegistryFlags,
  context: Context,
): Promise<void> {
  const address = parseOciAddress(place);
  const registry = await openRegistry(address, 'pull,push', {...options, ...context});
  const builds = await buildFolders(image, await buildChoice({...options, image}, context.workspace), {
    ...context,
    // Whom nobody answers does not wait for a build first.
    beforeBuild: () => registry.getManifest(address.tag ?? 'latest'),
  });
  context.quiet();
  const line = transferLine();
  const tally = {brought: 0, there: 0};
  const {tag = builds[0].identity.version} = address;
  const outcome = await push(registry, builds.map(pushedFiles), {
    tag,
    onSent: ({name, descriptor}, bytes) => line.moved(name, bytes, descriptor.size),
    onBlob: ({name, descriptor}, how) => {
      line.done();
      tally[how] += 1;
      saysOutcome(context, {name, bytes: descriptor.size, outcome: how});
    },
  });
  const {host, repository} = address;
  const full = formatOciAddress({host, repository, tag});
  if (options.json === true)
    return context.print(JSON.stringify({address: full, ...outcome, ...tally}, null, 1));
  context.print(
    `${full} is there for ${outcome.platforms.join(', ')}: ${count(tally.brought, 'blob')} brought, ${tally.there} there already`,
  );
  context.print(
    `  leanos pull ${formatOciAddress({host, repository, digest: outcome.digest})}     brings these bytes and no others`,
  );
}
