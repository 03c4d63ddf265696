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
      'a disk or partition is labelled `config-2`, in any case; `/var/lib/cloud/seed/config_drive`',
    reads:
      '`openstack/latest` or the newest dated folder: `meta_data.json`, `user_data`, `vendor_data.json`, `vendor_data2.json`, `network_data.json`, content files; else `ec2/latest`',
  },
  opennebula: {
    byDefault: true,
    onDisk: true,
    isThereWhen: 'a disk is labelled `CONTEXT`, in any case; `/var/lib/cloud/seed/opennebula`',
    reads:
      '`context.sh`, whose variables are read and never run: `SSH_PUBLIC_KEY`, `USER_DATA`, `START_SCRIPT` and their `_BASE64` or `_ENCODING`, `SET_HOSTNAME`, `ETHn_` of the network',
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
  none: {byDefault: false, onDisk: false, isThereWhen: 'always', reads: 'nothing'},
} as const satisfies Readonly<Record<string, Datasource>>;

export type DatasourceName = keyof typeof DATASOURCES;

export const DATASOURCE_NAMES = Object.keys(DATASOURCES) as [DatasourceName, ...DatasourceName[]];

/** The list of an image whose definition has none. */
export const DEFAULT_DATASOURCES = DATASOURCE_NAMES.filter((name) => DATASOURCES[name].byDefault);
