import type {Cable, CardModel, MachineSpec} from './machine-spec.ts';
import {comma, type VirtioBus} from './qemu-words.ts';

/** The network cards of a machine, and what each is joined to. */
export function networkArgs(spec: MachineSpec, virtio: VirtioBus): string[] {
  return [
    ...['-netdev', `user,id=net${forwards(spec)}${metadataNetwork(spec.metadata)}`],
    ...(spec.capture === undefined
      ? []
      : ['-object', `filter-dump,id=capture,netdev=net,file=${comma(spec.capture)}`]),
    ...cardArgs(virtio, {model: spec.card, netdev: 'net', mac: spec.sharedNetwork?.ownMac}),
    ...(spec.extraCards ?? []).flatMap((card, index) => extraCardArgs(card, index, virtio)),
    ...(spec.sharedNetwork === undefined ? [] : sharedNetworkArgs(spec.sharedNetwork, virtio)),
  ];
}

function forwards({sshPort, guestSshPort = 22, ports = []}: MachineSpec): string {
  const all = [{host: sshPort, guest: guestSshPort}, ...ports];
  return all.map(({host, guest}) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('');
}

/** A network card. Nothing boots from the network, for which QEMU would bring a ROM to those on PCI. */
function cardArgs(
  virtio: VirtioBus,
  {model, netdev, mac}: {model?: CardModel | undefined; netdev: string; mac?: string | undefined},
): string[] {
  const device = model ?? `virtio-net-${virtio}`;
  const onPci = model !== undefined || virtio === 'pci';
  return [
    '-device',
    `${device},netdev=${netdev}${mac === undefined ? '' : `,mac=${mac}`}${onPci ? ',romfile=' : ''}`,
  ];
}

/** 230.0.0.1 is the group of QEMU's own examples; its packets stay on this host. */
function sharedNetworkArgs(
  {mac, port}: NonNullable<MachineSpec['sharedNetwork']>,
  virtio: VirtioBus,
): string[] {
  return [
    ...['-netdev', `socket,id=shared,mcast=230.0.0.1:${port},localaddr=127.0.0.1`],
    ...cardArgs(virtio, {netdev: 'shared', mac}),
  ];
}

function extraCardArgs(
  {mac, model, cable}: {mac: string; model?: CardModel; cable?: Cable},
  index: number,
  virtio: VirtioBus,
): string[] {
  const network =
    cable === undefined
      ? `user,id=net${index + 1},net=10.0.${3 + index}.0/24`
      : `socket,id=net${index + 1},udp=127.0.0.1:${cable.to},localaddr=127.0.0.1:${cable.from}`;
  return [...['-netdev', network], ...cardArgs(virtio, {model, netdev: `net${index + 1}`, mac})];
}

/** QEMU answers for the addresses of its own network only, so that becomes one with those of the metadata service. */
function metadataNetwork(metadata: MachineSpec['metadata']): string {
  if (metadata === undefined) return '';
  if (metadata === 'swallowed') return ',restrict=on';
  const at = metadata.at ?? ['169.254.169.254:80'];
  const [first = 0, ...others] = at.map((place) => toNumber(place.replace(/:.*/, '')));
  // As many bits as all have in common, and no more than leave room for the machine's own address.
  let bits = 24;
  while (others.some((other) => first >>> (32 - bits) !== other >>> (32 - bits))) bits -= 1;
  const own = (last: number): string => toDotted(((first & ~255) | last) >>> 0);
  const net = toDotted((first & (-1 << (32 - bits))) >>> 0);
  const forwards = at.map((place) => `guestfwd=tcp:${place}-cmd:${comma(metadata.command)}`);
  const restriction = metadata.only === true ? ',restrict=on' : '';
  return `${restriction},net=${net}/${bits},host=${own(2)},dns=${own(3)},dhcpstart=${own(15)},${forwards.join(',')}`;
}

/** An IPv4 address as a number, and back. */
function toNumber(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function toDotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}
