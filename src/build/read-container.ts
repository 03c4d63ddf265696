import {ARCHITECTURES, architectureNames} from '../core/architecture.ts';
import {containersOf, type Container} from '../formats/container.ts';
import type {Payload} from '../formats/payload/payload.ts';
import {decodeTar} from '../formats/tar.ts';

const NO_KERNEL = 'it is a container image and no kernel';
const MODES = {boot: NO_KERNEL, guest: {runner: 'container'}, xen: NO_KERNEL} as const;

/** The container images for Linux in a tar with an OCI layout. */
export async function readContainers(bytes: Buffer): Promise<Container[]> {
  if (!isTar(bytes)) return [];
  const layout = await decodeTar(bytes).catch(() => undefined);
  return layout === undefined ? [] : containersOf(layout);
}

/** tar(5): "ustar" in the header of its first entry. */
function isTar(bytes: Buffer): boolean {
  return bytes.toString('latin1', 257, 262) === 'ustar';
}

/** What container images, at least one, are as a payload. */
export function containerPayload(containers: readonly Container[]): Payload {
  const offered = containers.map(({architecture}) => architecture);
  return {
    system: undefined,
    kind: 'container image (OCI)',
    machine: offered.join(', '),
    arches: architectureNames().filter((name) => offered.includes(ARCHITECTURES[name].oci.architecture)),
    forms: [
      {
        form: 'OCI image',
        startedBy: ['a runtime of containers on Linux'],
        notBy: [['bootloaders', 'it has no kernel']],
        needs: [],
        modes: MODES,
      },
    ],
    guestOs: undefined,
    modes: MODES,
  };
}
