import type {IncomingMessage} from 'node:http';
import type {Answer, ServiceOptions} from '../../src/vm/metadata-server.ts';

/** A cloud as a machine of it sees it: what its firmware says, and what its service answers to whom. */
export interface Cloud {
  /** Fields of /sys/class/dmi/id. */
  readonly firmware: Readonly<Record<string, string>>;
  /** Where the service is, as HOST:PORT; 169.254.169.254:80 where nothing is said. */
  readonly at?: readonly string[];
  /** `user`: the image's, `leanos` where nothing is said. */
  readonly answers: (key: string, user?: string) => Readonly<Record<string, Answer>>;
  readonly options?: ServiceOptions;
  /** What a machine of it has beside the service. */
  readonly needs?: string;
}

const json = (value: unknown): string => JSON.stringify(value);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const USER_DATA = '#!/bin/sh\necho user-data of the cloud\n';
const VENDOR_DATA = '#cloud-config\nwrite_files: [{path: /run/vendor, content: made}]\n';
/** The first card of a machine that QEMU makes. */
export const MAC = '52:54:00:12:34:56';
/** Where CloudStack's virtual router is. */
export const ROUTER = '10.1.2.1';
const OTHER_MAC = '52:54:00:00:00:02';

/** Whoever does not send a header is refused. */
const header =
  (name: string, value: string, status: number) =>
  ({headers}: IncomingMessage): number | undefined =>
    headers[name] === value ? undefined : status;

const googleInstance = (key: string, user: string): Record<string, unknown> => ({
  id: '1234567890123456789',
  hostname: 'cloudy.europe-west1-b.c.project.internal',
  zone: 'projects/1/zones/europe-west1-b',
  networkInterfaces: [{mac: MAC, mtu: 1460, ip: '169.254.169.15'}],
  attributes: {
    'ssh-keys': [
      `${user}:${key}`,
      'alice:ssh-ed25519 AAAA google-ssh {"userName":"alice@example.org","expireOn":"2999-12-04T20:12:00+0000"}',
      'leanos:ssh-ed25519 OLD google-ssh {"userName":"me@example.org","expireOn":"2018-12-04T20:12:00+0000"}',
      'ssh-ed25519 NOBODY',
    ].join('\n'),
    'user-data': USER_DATA,
    'startup-script': '#!/bin/sh\necho startup-script ran\n',
  },
});
const googleProject = {
  attributes: {'ssh-keys': 'leanos:ssh-ed25519 PROJECT of-project\nbob:ssh-ed25519 BOB b'},
};

const ec2 = (version: string, key: string): Record<string, Answer> => ({
  [`/${version}/meta-data/`]: 'instance-id\nlocal-hostname\navailability-zone\npublic-keys/\n',
  [`/${version}/meta-data/instance-id`]: 'i-cloud',
  [`/${version}/meta-data/local-hostname`]: 'cloudy',
  [`/${version}/meta-data/public-keys/`]: '0=mine',
  [`/${version}/meta-data/public-keys/0/`]: 'openssh-key',
  [`/${version}/meta-data/public-keys/0/openssh-key`]: key,
  [`/${version}/user-data`]: USER_DATA,
});

/** A virtual router has the keys where others have a list of them. */
const router = (version: string, key: string): Record<string, Answer> => ({
  ...ec2(version, key),
  [`/${version}/meta-data/`]: 'instance-id\nlocal-hostname\npublic-keys\n',
  [`/${version}/meta-data/public-keys`]: key,
  [`/${version}/meta-data/public-keys/`]: key,
});

const OVF = (key: string): string => `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
 <wa:ProvisioningSection><wa:Version>1.0</wa:Version>
  <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
   <ConfigurationSetType>LinuxProvisioningConfiguration</ConfigurationSetType>
   <HostName>from-disc</HostName><UserName>azureuser</UserName><UserPassword>a &quot;b&quot; &amp; c</UserPassword>
   <DisableSshPasswordAuthentication>false</DisableSshPasswordAuthentication>
   <SSH><PublicKeys><PublicKey><Fingerprint>AB</Fingerprint><Path>/home/azureuser/.ssh/authorized_keys</Path><Value>${key}</Value></PublicKey></PublicKeys></SSH>
   <CustomData>${base64(USER_DATA)}</CustomData>
  </LinuxProvisioningConfigurationSet>
 </wa:ProvisioningSection>
 <wa:PlatformSettingsSection><wa:Version>1.0</wa:Version>
  <PlatformSettings xmlns="http://schemas.microsoft.com/windowsazure"><KmsServerHostname>kms</KmsServerHostname><PreprovisionedVm>false</PreprovisionedVm></PlatformSettings>
 </wa:PlatformSettingsSection>
</Environment>
`;

/** What the disc holds that Azure provisions a machine with. */
export const azureDisc = OVF;

const GOAL_STATE = `<?xml version="1.0" encoding="utf-8"?>
<GoalState xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Version>2012-11-30</Version><Incarnation>1</Incarnation>
<Machine><ExpectedState>Started</ExpectedState></Machine>
<Container><ContainerId>c-1</ContainerId><RoleInstanceList><RoleInstance><InstanceId>r-1</InstanceId><State>Started</State></RoleInstance></RoleInstanceList></Container></GoalState>
`;

/** Azure's two services in one: of metadata, and the fabric that hears whether a machine is ready. */
function refusesOfAzure({method, url = '', headers}: IncomingMessage): number | undefined {
  if (url.startsWith('/metadata/')) return headers['metadata'] === 'true' ? undefined : 400;
  const isAgent = headers['x-ms-version'] === '2012-11-30' && headers['x-ms-agent-name'] !== undefined;
  const isXml = method !== 'POST' || headers['content-type']?.startsWith('text/xml') === true;
  return isAgent && isXml ? undefined : 400;
}

export const CLOUDS = {
  google: {
    firmware: {product_name: 'Google Compute Engine', sys_vendor: 'Google'},
    answers: (key, user = 'leanos') => {
      const instance = googleInstance(key, user);
      return {
        '/computeMetadata/v1/?recursive=true&alt=json': json({instance, project: googleProject}),
        '/computeMetadata/v1/instance/id': String(instance['id']),
        '/computeMetadata/v1/instance/hostname': String(instance['hostname']),
        '/computeMetadata/v1/instance/zone': String(instance['zone']),
        '/computeMetadata/v1/instance/attributes/?recursive=True': json(instance['attributes']),
        '/computeMetadata/v1/project/attributes/?recursive=True': json(googleProject.attributes),
      };
    },
    options: {refuses: header('metadata-flavor', 'Google', 403)},
  },
  azure: {
    firmware: {
      chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77',
      sys_vendor: 'Microsoft Corporation',
      product_uuid: 'A0B1C2D3-0000-4000-8000-000000000001',
    },
    at: ['169.254.169.254:80', '168.63.129.16:80'],
    needs: 'a provisioning disc',
    answers: (key) => ({
      '/metadata/instance?api-version=2021-08-01&extended=true': json({
        compute: {
          vmId: 'a0b1c2d3-0000-4000-8000-000000000001',
          location: 'westeurope',
          vmSize: 'Standard_B1s',
          osProfile: {
            adminUsername: 'azureuser',
            computerName: 'cloudy',
            disablePasswordAuthentication: 'true',
          },
          publicKeys: [{keyData: `${key}\r\n`, path: '/home/azureuser/.ssh/authorized_keys'}],
          userData: base64(USER_DATA),
        },
        network: {interface: []},
      }),
      '/machine/?comp=goalstate': GOAL_STATE,
    }),
    options: {posts: true, refuses: refusesOfAzure},
  },
  digitalocean: {
    firmware: {sys_vendor: 'DigitalOcean', product_serial: '2756294'},
    answers: (key) => ({
      '/metadata/v1.json': json({
        droplet_id: 2756294,
        hostname: 'cloudy',
        vendor_data: VENDOR_DATA,
        user_data: USER_DATA,
        public_keys: [key],
        region: 'nyc3',
        interfaces: {
          public: [
            {
              ipv4: {ip_address: '169.254.169.15', netmask: '255.255.255.0', gateway: '169.254.169.2'},
              ipv6: {ip_address: '2604:A880:0800::10', cidr: 64, gateway: '2604:A880:0800::1'},
              anchor_ipv4: {ip_address: '10.17.0.9', netmask: '255.255.0.0', gateway: '10.17.0.1'},
              mac: MAC,
              type: 'public',
            },
          ],
        },
        dns: {nameservers: ['169.254.169.3', '2001:4860:4860::8844']},
        tags: null,
      }),
    }),
  },
  hetzner: {
    firmware: {sys_vendor: 'Hetzner', product_serial: '424242'},
    answers: (key) => ({
      '/hetzner/v1/metadata': `availability-zone: fsn1-dc14
hostname: cloudy
instance-id: 424242
local-ipv4: ''
network-config:
  config:
  - mac_address: ${MAC}
    name: eth0
    subnets:
    - dns_nameservers:
      - 169.254.169.3
      ipv4: true
      type: dhcp
    - address: 2a01:4f8:beef::1/64
      gateway: fe80::1
      ipv6: true
      type: static
    type: physical
  version: 1
public-ipv4: 169.254.169.15
public-keys:
- ${key}
region: eu-central
vendor_data: |
${VENDOR_DATA.replace(/^(?=.)/gm, '  ')}`,
      '/hetzner/v1/userdata': base64(USER_DATA),
    }),
  },
  vultr: {
    firmware: {sys_vendor: 'Vultr', product_serial: '42506325'},
    answers: (key) => ({
      '/v1.json': json({
        hostname: 'cloudy',
        'local-hostname': 'cloudy',
        'instance-id': '29bea708-2e6e-480a-90ad-0e6b5d5ad62f',
        'instance-v2-id': '29bea708-2e6e-480a-90ad-0e6b5d5ad62f',
        instanceid: '42506325',
        interfaces: [
          {
            ipv4: {
              additional: [{address: '192.0.2.7', netmask: '255.255.255.0'}],
              address: '169.254.169.15',
              gateway: '169.254.169.2',
              netmask: '255.255.255.0',
            },
            ipv6: {additional: [{network: '2002:19f0:5:28a7::', prefix: '64'}], address: '', prefix: ''},
            mac: MAC,
            'network-type': 'public',
          },
          {
            ipv4: {additional: [], address: '10.1.112.3', gateway: '', netmask: '255.255.240.0'},
            ipv6: {additional: [], network: '', prefix: ''},
            mac: OTHER_MAC,
            'network-type': 'private',
          },
        ],
        'public-keys': [key],
        region: {countrycode: 'DE', regioncode: 'FRA'},
        'user-data': USER_DATA,
        'vendor-data': VENDOR_DATA,
      }),
    }),
    options: {refuses: header('metadata-token', 'cloudinit', 403)},
  },
  upcloud: {
    firmware: {sys_vendor: 'UpCloud', product_uuid: '00123456-0000-4000-8000-000000000001'},
    answers: (key) => ({
      '/metadata/v1.json': json({
        cloud_name: 'upcloud',
        instance_id: '00123456-0000-4000-8000-000000000001',
        hostname: 'cloudy',
        public_keys: [key],
        region: 'de-fra1',
        network: {
          interfaces: [
            {
              index: 1,
              mac: MAC,
              type: 'public',
              ip_addresses: [
                {
                  address: '169.254.169.15',
                  dhcp: true,
                  dns: ['169.254.169.3'],
                  family: 'IPv4',
                  floating: false,
                  gateway: '169.254.169.2',
                  network: '169.254.169.0/24',
                },
                {
                  address: '94.237.105.50',
                  dhcp: false,
                  dns: [],
                  family: 'IPv4',
                  floating: true,
                  gateway: '',
                  network: '94.237.105.50/32',
                },
              ],
            },
          ],
          dns: ['169.254.169.3'],
        },
        user_data: USER_DATA,
        vendor_data: VENDOR_DATA,
      }),
    }),
  },
  oracle: {
    firmware: {chassis_asset_tag: 'OracleCloud.com'},
    answers: (key) => ({
      '/opc/v2/instance/': json({
        id: 'ocid1.instance.oc1.phx.example',
        hostname: 'cloudy',
        displayName: 'a cloudy one',
        ociAdName: 'phx-ad-3',
        metadata: {ssh_authorized_keys: `${key}\nssh-ed25519 SECOND b`, user_data: base64(USER_DATA)},
      }),
    }),
    options: {refuses: header('authorization', 'Bearer Oracle', 403)},
  },
  scaleway: {
    firmware: {sys_vendor: 'Scaleway'},
    at: ['169.254.42.42:80'],
    answers: (key) => ({
      '/conf?format=json': json({
        id: '00000000-1111-4000-8000-000000000001',
        hostname: 'cloudy',
        tags: ['other', 'AUTHORIZED_KEY=ssh-ed25519_TAGGED'],
        ssh_public_keys: [{key, fingerprint: 'x'}],
        private_ip: '10.1.1.1',
        ipv6: {address: '2001:db8::42:1', gateway: '2001:db8::42:0', netmask: '127'},
        location: {zone_id: 'par1'},
      }),
      '/user_data/cloud-init': USER_DATA,
      '/vendor_data/cloud-init': VENDOR_DATA,
    }),
  },
  cloudstack: {
    firmware: {product_name: 'CloudStack KVM Hypervisor'},
    at: [`${ROUTER}:80`, `${ROUTER}:8080`],
    needs: 'a router that DHCP names',
    answers: (key) => router('latest', key),
  },
  exoscale: {
    firmware: {product_name: 'Exoscale Compute Platform'},
    at: ['169.254.169.254:80', '169.254.169.254:8080'],
    answers: (key) => router('1.0', key),
  },
  alibaba: {
    firmware: {product_name: 'Alibaba Cloud ECS'},
    at: ['100.100.100.200:80'],
    answers: (key) => ec2('latest', key),
    options: {token: 'a-token', tokenHeader: 'x-aliyun-ecs-metadata-token'},
  },
  tencent: {
    firmware: {sys_vendor: 'Tencent Cloud', product_name: 'CVM'},
    at: ['169.254.0.23:80'],
    answers: (key) => ec2('latest', key),
  },
} as const satisfies Readonly<Record<string, Cloud>>;

export type CloudName = keyof typeof CLOUDS;
export const CLOUD_NAMES = Object.keys(CLOUDS) as CloudName[];

export const cloudOf = (name: CloudName): Cloud => CLOUDS[name];

/** What QEMU calls the fields of the firmware. */
const SMBIOS: Readonly<Record<string, string>> = {
  sys_vendor: 'manufacturer',
  product_name: 'product',
  product_serial: 'serial',
  product_uuid: 'uuid',
  chassis_asset_tag: 'chassisAsset',
};

/** The firmware of a cloud's machine, as a machine is given it. */
export const smbiosOf = (name: CloudName): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(cloudOf(name).firmware).map(([field, text]) => [SMBIOS[field] ?? field, text]),
  );
