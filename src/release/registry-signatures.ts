import {LeanosError} from '../core/error.ts';
import type {Descriptor} from '../formats/oci.ts';
import type {Registry} from '../system/registry/registry.ts';
import {SIGNATURE} from './verify-folder.ts';

/** Far more keys than a channel has at once. */
const MOST_SIGNATURES = 16;
/** Two lines of text, of which one may be a long comment. */
const MOST_BYTES = 4096;

/**
 * The signatures among the files of an image. What names them is not believed yet, so neither their number nor their sizes are.
 * @throws LeanosError REGISTRY
 */
export async function readSignatures(
  registry: Registry,
  files: ReadonlyMap<string, Descriptor>,
): Promise<string[]> {
  const signatures = [...files].filter(([name]) => SIGNATURE.test(name));
  if (signatures.length > MOST_SIGNATURES)
    throw new LeanosError(
      'REGISTRY',
      `what is there names ${signatures.length} signatures, and at most ${MOST_SIGNATURES} are read`,
    );
  const large = signatures.find(([, {size}]) => size > MOST_BYTES);
  if (large !== undefined)
    throw new LeanosError(
      'REGISTRY',
      `${large[0]} is said to have ${large[1].size} bytes, too many for a signature`,
    );
  return Promise.all(
    signatures.map(async ([, blob]) => (await registry.getSmallBlob(blob)).toString('latin1')),
  );
}
