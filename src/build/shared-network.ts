import {LeanosError} from '../core/error.ts';
import {freePort} from '../vm/free-port.ts';
import type {MachineSpec} from '../vm/machine-spec.ts';
import type {Machine} from './booted-machine.ts';

/** The card with which every machine reaches this host, as QEMU numbers its first one. */
const OWN_MAC = '52:54:00:12:34:56';
/** Of a network: 10.77.0.0/24. */
const MOST_MEMBERS = 254;

/** What a machine is given in a network before it boots. */
export interface NetworkPlace {
  readonly hostname: string;
  readonly address: string;
  readonly card: NonNullable<MachineSpec['sharedNetwork']>;
  /** NoCloud's network-config: the card to this host asks DHCP, the other one has the address. */
  readonly networkConfig: string;
}

/** A network that machines of this process share. Each knows the others by their names, in /etc/hosts. */
export class SharedNetwork {
  readonly #name: string;
  readonly #port: number;
  readonly #places = new Map<string, NetworkPlace>();
  readonly #machines = new Map<NetworkPlace, Machine>();
  #count = 0;

  constructor(name: string, port: number) {
    this.#name = name;
    this.#port = port;
  }

  /** A place for a machine; without a name it is called after the network. @throws LeanosError USAGE for a name that is taken */
  reserve(wanted: string | undefined): NetworkPlace {
    this.#count += 1;
    const hostname = wanted ?? `${this.#name}-${this.#count}`;
    const wrong = this.#speaksAgainst(hostname);
    if (wrong !== undefined)
      throw new LeanosError('USAGE', `network ${this.#name}: ${wrong}`, {
        hint: `boot(image, {network: '${this.#name}', seed: {hostname: 'web'}})     names a machine`,
      });
    const address = `10.77.0.${this.#count}`;
    const mac = `52:54:00:77:00:${this.#count.toString(16).padStart(2, '0')}`;
    const place = {
      hostname,
      address,
      card: {mac, ownMac: OWN_MAC, port: this.#port},
      networkConfig: networkConfig(mac, address),
    };
    this.#places.set(hostname, place);
    return place;
  }

  /** A machine that has come up: it is told of the others, and they are told of it. */
  async enter(place: NetworkPlace, machine: Machine): Promise<void> {
    const others = [...this.#machines];
    this.#machines.set(place, machine);
    await know(machine, [place, ...others.map(([other]) => other)]);
    await Promise.all(others.map(async ([, other]) => know(other, [place])));
  }

  #speaksAgainst(hostname: string): string | undefined {
    if (this.#count > MOST_MEMBERS) return `it has had ${MOST_MEMBERS} machines, and has no more addresses`;
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(hostname))
      return `"${hostname}" is no host name; letters, digits and "-" are needed`;
    return this.#places.has(hostname) ? `it has a machine called ${hostname} already` : undefined;
  }

  leave(place: NetworkPlace): void {
    this.#machines.delete(place);
    this.#places.delete(place.hostname);
  }
}

const networks = new Map<string, Promise<SharedNetwork>>();

/** The network of this name in this process. */
export async function sharedNetwork(name: string): Promise<SharedNetwork> {
  const known = networks.get(name) ?? freePort().then((port) => new SharedNetwork(name, port));
  networks.set(name, known);
  return known;
}

/** Names in a machine's /etc/hosts; one that was somebody else's before is so no more. */
async function know(machine: Machine, places: readonly NetworkPlace[]): Promise<void> {
  const lines = places.map(
    ({hostname, address}) =>
      `sed -i '/\\t${hostname}$/d' /etc/hosts; printf '${address}\\t${hostname}\\n' >>/etc/hosts`,
  );
  const {status, stderr} = await machine.exec(lines.join('; '), {root: true});
  if (status !== 0)
    throw new LeanosError(
      'BOOT_FAILED',
      `a machine cannot be told the names of its network: ${stderr.trim()}`,
    );
}

function networkConfig(mac: string, address: string): string {
  return `version: 2
ethernets:
  host:
    match: {macaddress: "${OWN_MAC}"}
    dhcp4: true
  shared:
    match: {macaddress: "${mac}"}
    addresses: [${address}/24]
`;
}
