import {buildFolders} from '../../build/build-folders.ts';
import {openRegistry} from '../../build/open-registry.ts';
import {count} from '../../core/count.ts';
import {formatOciAddress, OCI_SCHEME, parseOciAddress} from '../../formats/oci-address.ts';
import {pushedContainer} from '../../release/container-image.ts';
import {push, pushedFiles} from '../../release/push.ts';
import {CONTAINER_IMAGES, type FormatName} from '../../stages/format/image-formats.ts';
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
  const format = containerFormat(options);
  const pushed = await Promise.all(
    builds.map(async (build) => (format === undefined ? pushedFiles(build) : pushedContainer(build, format))),
  );
  const outcome = await push(registry, pushed, {
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
  const exact = formatOciAddress({host, repository, digest: outcome.digest});
  const command =
    format === undefined ? `leanos pull ${exact}` : `podman pull ${exact.slice(OCI_SCHEME.length)}`;
  context.print(`  ${command}     brings these bytes and no others`);
}

/** The one format that is asked for, where it is a container image: that itself is brought, not a file that has it. */
function containerFormat({format}: ImageOptions): FormatName | undefined {
  const [name, ...others] = format === undefined || format === 'all' ? [] : format;
  return others.length === 0 ? CONTAINER_IMAGES.find((each) => each === name) : undefined;
}
