import {resolve} from 'node:path';
import {readKeyFile} from '../../build/key-file.ts';
import {openRegistry} from '../../build/open-registry.ts';
import {shownPath} from '../../system/shown-path.ts';
import type {ArchitectureName} from '../../core/architecture.ts';
import {formatOciAddress, parseOciAddress} from '../../formats/oci-address.ts';
import {parsePublicKey} from '../../formats/signify.ts';
import {findImage, pull, type FoundImage} from '../../release/pull.ts';
import type {Context} from '../context.ts';
import {saysOutcome, transferLine} from '../transfer-line.ts';
import type {RegistryFlags} from './push.ts';

export interface PullOptions extends RegistryFlags {
  readonly arch: ArchitectureName;
  readonly key: readonly string[];
}

/** `leanos pull oci://HOST/NAME:TAG [FOLDER]` */
export async function pullCommand(
  [place, into]: readonly [string, string | undefined],
  options: PullOptions,
  context: Context,
): Promise<void> {
  const address = parseOciAddress(place);
  const keys = await Promise.all(options.key.map((path) => readKeyFile(path, parsePublicKey)));
  const registry = await openRegistry(address, 'pull', {...options, ...context});
  const reference = address.digest ?? address.tag ?? 'latest';
  const found = await findImage(registry, {reference, arch: options.arch, keys});
  const {version, image, arch} = found.identity;
  const folder = into ?? `leanos-${version}-${image}-${arch}`;
  const line = transferLine();
  await pull(registry, found, {
    folder: resolve(folder),
    onReceived: (name, bytes, of) => line.moved(name, bytes, of),
    onFile: (name, outcome) => {
      line.done();
      saysOutcome(context, {name, bytes: found.files.get(name)?.size ?? 0, outcome});
    },
  });
  const digestAddress = formatOciAddress({...address, digest: found.digest});
  if (options.json === true)
    return context.print(
      JSON.stringify(
        {folder, version, image, arch, digest: found.digest, address: digestAddress, key: found.key ?? null},
        null,
        1,
      ),
    );
  context.print(`${image} ${version} for ${arch} is in ${shownPath(resolve(folder))}, ${vouching(found)}`);
}

function vouching({key, signers}: FoundImage): string {
  if (key !== undefined) return `signed by ${key}`;
  if (signers.length === 0) return 'and nobody has signed it';
  return `with the signature of ${signers.join(', ')}, which was not checked: --key FILE.pub checks it`;
}
