import type {GuestPromise} from './promises.ts';

/**
 * What OpenStack's own tests run inside of a guest, in the very forms in which they send it, with what their parsers look
 * for. The machine is the one of `contractMachine`: a config drive on /dev/vdb, an empty disk on /dev/vdc, the metadata
 * service at 169.254.169.254.
 */

export const CONTRACT_HOSTNAME = 'contract';
export const CONTRACT_SERIAL = 'leanos-spare';
export const CONTRACT_USER_DATA =
  '#! /bin/sh -v\necho "user-data spoke"\ncat ~cirros/.ssh/authorized_keys || true\n';
/** CirrOS's, since 2017. */
export const CONTRACT_PASSWORD = 'gocubsgo';
export const CONTRACT_CONSOLE = 'contract on the console';
const UUID = 'd8e02d56-2648-49a3-bf97-6be8f1204f38';

function metaData(publicKey?: string): string {
  const keys = publicKey === undefined ? {} : {public_keys: {mine: publicKey}};
  return JSON.stringify({
    uuid: UUID,
    hostname: `${CONTRACT_HOSTNAME}.novalocal`,
    name: CONTRACT_HOSTNAME,
    ...keys,
  });
}

/** The files of the config drive. */
export function contractDrive(publicKey: string): Record<string, string> {
  return {
    'openstack/latest/meta_data.json': metaData(publicKey),
    'openstack/latest/network_data.json': '{"links": [], "networks": [], "services": []}',
    'openstack/latest/user_data': CONTRACT_USER_DATA,
  };
}

/** What the metadata service answers, by path. */
export const CONTRACT_METADATA = {
  '/openstack/latest/meta_data.json': metaData(),
  '/latest/meta-data/local-ipv4': '169.254.169.15',
  '/latest/meta-data/public-ipv4': '203.0.113.7',
};

/** tempest's validation.ssh_shell_prologue. */
const PROLOGUE = 'set -eu -o pipefail; PATH=$PATH:/sbin:/usr/sbin; ';

type Row = readonly [project: string, command: string, prints: RegExp];

const NIC = 'eth0';
const GATEWAY = '169.254.169.2';
const MAC = '52:54:00:12:34:56';

const TEMPEST: readonly Row[] = [
  ['tempest', 'ping -c1 -w1 -s56 127.0.0.1', / 0% packet loss/],
  ['tempest', 'ping6 -c1 -w1 -s56 ::1', / 0% packet loss/],
  ['tempest', `sudo ping -I ${NIC} -c1 -w5 -s56 ${GATEWAY}`, / 0% packet loss/],
  ['tempest', 'blkid -L config-2 -o device', /^\/dev\/vdb$/],
  ['tempest', 'sudo mount /dev/vdb /mnt; sudo cat /mnt/openstack/latest/meta_data.json', new RegExp(UUID)],
  ['tempest', 'sudo cat /mnt/openstack/latest/network_data.json; sudo umount /mnt', /"links"/],
  ['tempest', 'sudo lsblk --fs --ascii', /^vdb/m],
  ['tempest', 'lsblk -lb --nodeps', /^NAME .* TYPE .*\n(.*\bdisk\b.*\n?){3}/],
  ['tempest', 'lsblk --nodeps --noheadings --output NAME', /^vda\s*\nvdb\s*\nvdc\s*$/],
  ['tempest', 'lsblk -S', /^$|NAME/],
  ['tempest', 'cut -f1 -d. /proc/uptime', /^\d+$/],
  ['tempest', `sudo sh -c "echo \\"${CONTRACT_CONSOLE}\\" >/dev/console"; echo said`, /^said$/],
  ['tempest', "ip addr | awk '/ether/ {print $2}'", new RegExp(`^${MAC}$`)],
  ['tempest', `ip addr show ${NIC} | awk '/ether/ {print $2}'`, new RegExp(`^${MAC}$`)],
  ['tempest', `ip -o link | awk '/${MAC}/ {print $2}'`, /^eth0:$/],
  ['tempest', "ip -o addr | awk '/169.254.169.15/ {print $2}'", /^eth0$/],
  ['tempest', `ip -4 -o addr | awk '/${NIC}/ {print $4}'`, /^169\.254\.169\.15\/24$/],
  ['tempest', `ip -6 -o addr | awk '/${NIC}/ {print $4}'`, /^fe80::[\da-f:]+\/64$/m],
  ['tempest', 'ip address', /^(\d+): (\w+)[@]?.*:/m],
  ['tempest', 'cat /etc/resolv.conf', /^nameserver 169\.254\.169\.3$/m],
  ['tempest', `sudo /bin/kill -USR1 $(cat /var/run/udhcpc.${NIC}.pid); echo renewed`, /^renewed$/],
  ['tempest', 'sudo /sbin/dhcpcd --rebind; echo rebound', /^rebound$/],
  [
    'tempest',
    'sudo mkdir -p /data; sudo mkfs -t ext4 /dev/vdc >/dev/null 2>&1; sudo mount /dev/vdc /data; sudo ls -l /data | wc -l',
    /^2$/,
  ],
  [
    'tempest',
    'sudo umount /data; sudo mkfs -t vfat /dev/vdc >/dev/null; sudo mount /dev/vdc /data; sudo umount /data; echo made',
    /^made$/,
  ],
  ['tempest', 'sudo ls -lR /dev', /vdc/],
  ['tempest', 'cat /sys/block/vdc/serial', new RegExp(`^${CONTRACT_SERIAL}$`)],
  ['tempest', 'curl -V', /^curl \d/],
  ['tempest', 'curl -s http://169.254.169.254/openstack/latest/meta_data.json', new RegExp(UUID)],
  ['tempest', 'curl -s http://169.254.169.254/latest/meta-data/local-ipv4', /^169\.254\.169\.15$/],
  ['tempest', 'curl -s http://169.254.169.254/latest/meta-data/public-ipv4', /^203\.0\.113\.7$/],
  [
    'tempest',
    'curl -s -X POST -d DATA http://169.254.169.254/openstack/2013-10-17/password -w "%{http_code}"',
    /^200$/,
  ],
  ['tempest', 'grep -c ^processor /proc/cpuinfo', /^1$/],
  ['tempest', 'hostname', new RegExp(`^${CONTRACT_HOSTNAME}$`)],
  ['tempest', 'sync; touch test_file; cat test_file; echo written', /^written$/],
  ['tempest', 'cat missing_file 2>&1 || true', /No such file or directory/],
  ['tempest', 'grep -c -E [vs]d.$ /proc/partitions', /^3$/],
  [
    'tempest',
    `sudo ip addr add 10.9.9.9/24 dev ${NIC}; sudo ip addr add 10.9.9.9/24 dev ${NIC} 2>&1 || true; sudo ip link set ${NIC} up`,
    /RTNETLINK answers: File exists/,
  ],
  [
    'tempest',
    'sudo ip link add dummy7 type dummy; sudo start-stop-daemon -K -x /sbin/dhcpcd -p /var/run/dhcpcd/pid -o || true; sudo ip link set dummy7 down; sudo ip link set dev dummy7 address 52:54:00:00:00:77; sudo ip link set dummy7 up; sudo ip address flush dev dummy7; sudo ip addr add 10.7.7.7/24 dev dummy7; ip addr show dummy7',
    /52:54:00:00:00:77[^]*10\.7\.7\.7\/24/,
  ],
  ['tempest', 'test -d /etc/sysconfig/network-scripts/ || echo "False"', /^False$/],
  ['tempest', 'sudo sh -c "date > /tmp/timestamp; sync"; sudo cat /tmp/timestamp', /\d\d:\d\d:\d\d/],
  [
    'tempest',
    "echo '#!/bin/sh\necho meter' > /tmp/metadata_meter_script.sh;chmod +x /tmp/metadata_meter_script.sh; /tmp/metadata_meter_script.sh; sleep 0.2",
    /^meter$/,
  ],
  ['tempest', 'sleep 60 & kill $!; echo killed', /^killed$/],
  [
    'tempest',
    '(sudo nc -p 8077 -lk -e echo foolish >/dev/null 2>&1 &); n=0; until echo "bar" | nc -w 1 127.0.0.1 8077 | grep foolish || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done',
    /^foolish$/,
  ],
  [
    'tempest',
    '(sudo nc -u -p 8078 -lk -e echo foolish >/dev/null 2>&1 &); n=0; until echo "bar" | nc -u -w 1 127.0.0.1 8078 | grep foolish || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done',
    /^foolish$/,
  ],
];

const NEUTRON: readonly Row[] = [
  [
    'neutron',
    `sudo '/sbin/ip' address list dev ${NIC}`,
    /^\d+: eth0: <\S+> mtu \d+[^\n]*\n {4}link\/ether [^\n]*\n {4}inet /,
  ],
  [
    'neutron',
    `sudo '/sbin/ip' link add link ${NIC} name ${NIC}.7 type vlan id 7; sudo '/sbin/ip' link set address 52:54:00:aa:bb:cc dev ${NIC}.7; sudo '/sbin/ip' link set dev ${NIC}.7 up; sudo '/sbin/ip' -o link`,
    /eth0\.7@eth0:.*52:54:00:aa:bb:cc/,
  ],
  [
    'neutron',
    `sudo '/sbin/ip' address add 10.8.8.8/24 dev ${NIC}.7; sudo '/sbin/ip' route add 10.88.0.0/16 via 10.8.8.1 dev ${NIC}.7; sudo '/sbin/ip' -4 route show`,
    /^10\.88\.0\.0\/16 via 10\.8\.8\.1 dev eth0\.7/m,
  ],
  [
    'neutron',
    `sudo '/sbin/ip' address del 10.8.8.8/24 dev ${NIC}.7; sudo '/sbin/ip' link set dev ${NIC}.7 down; sudo '/sbin/ip' -6 route show`,
    /fe80::\/64 dev eth0/,
  ],
  [
    'neutron',
    `sudo sh -c 'echo 0 > /proc/sys/net/ipv6/conf/${NIC}/dad_transmits'; cat /proc/sys/net/ipv6/conf/${NIC}/dad_transmits`,
    /^0$/,
  ],
  ['neutron', `ping -M do -c1 -W5 -s56 ${GATEWAY}`, / 0% packet loss/],
  ['neutron', 'ping -p ff -c1 -W5 -s56 127.0.0.1', / 0% packet loss/],
  ['neutron', 'cat /etc/hostname', new RegExp(`^${CONTRACT_HOSTNAME}$`)],
  ['neutron', 'ncat --version 2>&1 || true', /not found/],
  ['neutron', 'pidof nc', /^\d+/],
  [
    'neutron',
    'sudo killall -q nc || true; n=0; while pidof nc >/dev/null && [ $n -lt 20 ]; do n=$((n + 1)); sleep 0.5; done; pidof nc || echo none',
    /^none$/,
  ],
  [
    'neutron',
    'touch input.txt; (tail -f input.txt | sudo nc -lp 8079 > output.txt 2>&1 &) ; n=0; until echo attempt_000 | nc -d 1 -w 1 127.0.0.1 8079 && grep attempt_000 output.txt || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done',
    /^attempt_000$/,
  ],
  ['neutron', 'nc -z -w 1 127.0.0.1 22 && echo open', /^open$/],
  ['neutron', 'which ping', /^\/.*ping$/],
  ['neutron', 'if ! type nmcli > /dev/null ; then echo "False"; fi', /^False$/],
  ['neutron', "echo 'echo script ran' | sudo sh -eux 2>&1", /^script ran$/m],
  [
    'bgpvpn',
    'sudo sysctl -w net.ipv4.ip_forward=1; for ip in 10.6.6.1 10.6.6.2; do sudo ip addr add $ip dev lo; done; ip -o addr show lo',
    /10\.6\.6\.2/,
  ],
  ['fwaas', 'ping -c1 -w1 127.0.0.1', / 0% packet loss/],
  ['sfc', `traceroute -n -I 127.0.0.1`, / 1 {2}127\.0\.0\.1/],
  [
    'taas',
    'nohup sudo tcpdump -n -nn > /tmp/tcpdumplog 2>&1 & n=0; until ps -ax | grep "[t]cpdump -n -nn" || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done',
    /tcpdump -n -nn/,
  ],
];

const OTHERS: readonly Row[] = [
  [
    'octavia',
    'sudo sh -c "echo 1 > /proc/sys/vm/overcommit_memory"; sudo screen -d -m sleep 1; cp /usr/bin/curl /dev/shm/x; /dev/shm/x -V',
    /^curl /,
  ],
  ['cirros', 'sudo cat /run/cirros/datasource/dsname', /^[a-z\d]+$/],
  ['octavia', 'sudo ip address add 10.5.5.5/24 dev eth0; which scp', /scp$/],
  [
    'cinder',
    'sudo dd bs=1024 count=100 if=/dev/urandom of=/tmp/data 2>/dev/null; sudo md5sum -b /tmp/data|cut -c 1-32',
    /^[\da-f]{32}$/,
  ],
  ['cinder', 'sudo cat /tmp/data | sha1sum | head -c 40', /^[\da-f]{40}$/],
  ['whitebox', 'lspci -nn  | grep 1af4:1000 | wc -l', /^1$/],
  ['whitebox', "grep -nr 0x1af4 /sys/bus/pci/devices/*/vendor | grep -E ':1:0x1af4' | wc -l", /^[1-9]/],
  [
    'heat',
    '(echo -e "hello\\nheat" | nc -llp 8081 >/dev/null 2>&1 &); n=0; until nc -w 1 127.0.0.1 8081 </dev/null 2>/dev/null | grep heat || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done; sudo killall -q nc || true',
    /heat/,
  ],
  ['heat', 'curl -s --data-binary x -H "a: b" http://169.254.169.254/signal -w "%{http_code}"', /^200$/],
  [
    'rally',
    'for w in awk top grep free tr df dc dd gzip seq; do which $w >/dev/null || echo no $w; done; (time -p true) 2>&1',
    /^real /,
  ],
  ['rally', 'top -b -n 1; df -P /', /^\/dev\/\S+ /m],
  ['grenade', "echo 'grenade was here' > verify.txt; sync; cat verify.txt", /^grenade was here$/],
  [
    'kolla',
    'nohup sh -c "while true; do echo -e \\"HTTP/1.1 200 OK\\n\\n $(date)\\" | sudo nc -l -p 8000; done" >/dev/null 2>&1 & p=$!; n=0; until curl -s --max-time 2 http://127.0.0.1:8000 | grep : || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done; kill $p; sudo killall -q nc || true',
    /\d\d:\d\d:\d\d/,
  ],
  [
    'manila',
    'ping -c5 -w1 127.0.0.1 || true; echo x | tee /tmp/x; dd if=/dev/zero of=/tmp/y bs=1k count=1 iflag=fullblock 2>&1',
    /1\+0 records out/,
  ],
  [
    'tempest',
    'sudo /sbin/dhclient -r && sudo /sbin/dhclient; n=0; until ip -4 -o addr show eth0 | grep 169.254.169.15 || [ $n -ge 20 ]; do n=$((n + 1)); sleep 0.5; done',
    /169\.254\.169\.15/,
  ],
];

/** Needs bash, python3 and more: what CirrOS never ran (tempest's default_image_is_advanced). */
const ADVANCED: readonly Row[] = [
  ['advanced', 'bash -c "declare -A a; a[x]=bash; echo \\${a[x]}"', /^bash$/],
  ['advanced', 'python3 -c "import socket, json; print(json.dumps({1: 2}))"', /^\{"1": 2\}$/],
  ['advanced', 'nping --version', /^\s*Nping version/],
  [
    'advanced',
    '(for n in 1 2 3 4 5 6 7 8; do ping -c1 127.0.0.1; sleep 1; done >/dev/null 2>&1 &) ; timeout 15 sudo tcpdump -i any -c 1 -n icmp 2>&1',
    /listening on any/,
  ],
  ['advanced', 'ip -6 -br address show scope link up', /^eth0\s+UP\s+fe80::/m],
];

const rows = (table: readonly Row[]): GuestPromise[] =>
  table.map(([project, command, prints]) => ({
    promise: `${project}: ${command.length > 100 ? `${command.slice(0, 99)}…` : command}`.replaceAll(
      '\n',
      ' ',
    ),
    command: `${PROLOGUE}${command}`,
    prints,
  }));

/** The contracts that an image can name. */
export const CONTRACTS = {
  openstack: rows([...TEMPEST, ...NEUTRON, ...OTHERS]),
  'openstack-advanced': rows(ADVANCED),
} as const;
