/** What leanos has to know of where a guest finds its instance data; the guest's side is init-scripts/…/datasource/NAME. */
export interface Datasource {
  /** Whether images search it where their definition does not say. */
  readonly byDefault: boolean;
  /** Whether it can be on a disk: then the first of a list is looked for before any search begins. */
  readonly onDisk: boolean;
  /** For people, in Markdown: when it is there, and what is read of it. docs/guest.md has both. */
  readonly isThereWhen: string;
  readonly reads: string;
}

/** The datasources by their names, in the order of the default list. A new one is its script and a row here. */
export const DATASOURCES = {
  nocloud: {
    byDefault: true,
    onDisk: true,
    isThereWhen:
      'a disk or partition is labelled `cidata`, in any case; `/var/lib/cloud/seed/nocloud`; `ds=nocloud;s=…;h=…;i=…` is the SMBIOS serial number or on the kernel command line',
    reads: '`meta-data` (YAML or JSON), `user-data`, `vendor-data`, `network-config`, `files/`',
  },
  configdrive: {
    byDefault: true,
    onDisk: true,
    isThereWhen:
      'a disk or partition is labelled `config-2`, or `METADATA` as IBM has it, in any case; `/var/lib/cloud/seed/config_drive`',
    reads:
      '`openstack/latest` or the newest dated folder: `meta_data.json`, `user_data`, `vendor_data.json`, `vendor_data2.json`, `network_data.json`, content files; else `ec2/latest`; CloudStack’s `vm_password.txt`',
  },
  opennebula: {
    byDefault: true,
    onDisk: true,
    isThereWhen: 'a disk is labelled `CONTEXT`, in any case; `/var/lib/cloud/seed/opennebula`',
    reads:
      '`context.sh`, whose variables are read and never run: `SSH_PUBLIC_KEY`, `USER_DATA`, `START_SCRIPT` and their `_BASE64` or `_ENCODING`, `SET_HOSTNAME`, `ETHn_` of the network',
  },
  ovf: {
    byDefault: true,
    onDisk: true,
    isThereWhen:
      'a disk is labelled `OVF ENV`, `OVFENV` or `OVF-TRANSPORT`; the firmware says VMware, which has `guestinfo.ovfEnv`; `/var/lib/cloud/seed/ovf`',
    reads:
      'properties of `ovf-env.xml`: `instance-id`, `hostname`, `public-keys`, `user-data`, `network-config`, `password`',
  },
  vmware: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says VMware, and a setting of the machine is there (x86_64, i386)',
    reads:
      '`guestinfo.metadata` (YAML or JSON, `network` too), `guestinfo.userdata`, `guestinfo.vendordata`, each with its `.encoding`, from the hypervisor itself',
  },
  lxd: {
    byDefault: true,
    onDisk: false,
    isThereWhen:
      'in a container of Incus or LXD, its socket, `/dev/incus/sock` or `/dev/lxd/sock`; in a virtual machine, the firmware says so',
    reads:
      '`cloud-init.user-data`, `vendor-data` and `network-config` (or `user.…`) and the meta-data of the socket; in a virtual machine the same from the share `config`, over virtiofs or 9p',
  },
  smartos: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says SmartDC',
    reads:
      'over the second serial port: `root_authorized_keys`, `hostname`, `cloud-init:user-data`, `user-script` and `sdc:operator-script` (at every boot), `sdc:vendor-data`, `sdc:nics` and the rest of the network; `user-data` into `/var/db/mdata-user-data`',
  },
  openstack: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says OpenStack Nova (or a cloud that is one)',
    reads: 'the same over HTTP',
  },
  ec2: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says EC2 (or a cloud that speaks it)',
    reads:
      "what `/latest/meta-data/` lists, keys by index, block device mapping, `/latest/user-data`; with IMDSv2's token, which is renewed, else without",
  },
  google: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Google Compute Engine',
    reads:
      "host name, zone, `ssh-keys` of the instance and, unless they are blocked, of its project: as long as they have not expired, the login user's (and `cloudinit`'s) and those of other users, who are made; `user-data`, `startup-script` (run at every boot), MTU",
  },
  azure: {
    byDefault: true,
    onDisk: false,
    isThereWhen: "the firmware has Azure's asset tag",
    reads:
      '`ovf-env.xml` of the provisioning disc (kept without its password), then the metadata service: host name, keys of the login user and of the user that was asked for, who is made, custom data, else user-data. When they are applied, the fabric is told that the machine is ready',
  },
  digitalocean: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says DigitalOcean',
    reads: '`/metadata/v1.json`: host name, keys, user-data and vendor-data, addresses, which no DHCP tells',
  },
  hetzner: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Hetzner',
    reads: '`/hetzner/v1/metadata` and `/userdata`: host name, keys, user-data and vendor-data, network',
  },
  vultr: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Vultr, or the word `vultr` is on the kernel command line',
    reads: '`/v1.json`: host name, keys, user-data and vendor-data, network',
  },
  upcloud: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says UpCloud',
    reads: '`/metadata/v1.json`: host name, keys, user-data and vendor-data, network',
  },
  oracle: {
    byDefault: true,
    onDisk: false,
    isThereWhen: "the firmware has Oracle's asset tag",
    reads: '`/opc/v2/instance/`, else `/opc/v1/instance/`: host name, keys, user-data',
  },
  scaleway: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Scaleway, or the word `scaleway` is on the kernel command line',
    reads:
      "`/conf` of 169.254.42.42: host name, keys, those of tags too, addresses beside DHCP's; user-data and vendor-data, from a port below 1024",
  },
  cloudstack: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says CloudStack',
    reads:
      "the same as EC2's, of the server or the router that DHCP names, else of `data-server`; a new password of the login user, whose server is told when it is set",
  },
  exoscale: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Exoscale',
    reads: "the same as EC2's, below `/1.0/`; passwords as CloudStack's",
  },
  alibaba: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Alibaba Cloud ECS',
    reads: "the same as EC2's, at 100.100.100.200, with a token of another name",
  },
  tencent: {
    byDefault: true,
    onDisk: false,
    isThereWhen: 'the firmware says Tencent Cloud',
    reads: "the same as EC2's, at 169.254.0.23, without tokens",
  },
  none: {byDefault: false, onDisk: false, isThereWhen: 'always', reads: 'nothing'},
} as const satisfies Readonly<Record<string, Datasource>>;

export type DatasourceName = keyof typeof DATASOURCES;

export const DATASOURCE_NAMES = Object.keys(DATASOURCES) as [DatasourceName, ...DatasourceName[]];

/** The list of an image whose definition has none. */
export const DEFAULT_DATASOURCES = DATASOURCE_NAMES.filter((name) => DATASOURCES[name].byDefault);
