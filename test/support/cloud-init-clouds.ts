import {join} from 'node:path';
import {execa} from 'execa';
import {cloudInitPackage} from './cloud-init.ts';

/**
 * cloud-init's own datasources, run against a service that the test starts: Ephemeral networks are none, and the firmware says
 * what the test does.
 */
const READER = `
import contextlib, json, logging, sys, types
from unittest import mock
asked = json.load(sys.stdin)
logging.disable(logging.CRITICAL)
sys.modules.setdefault("configobj", types.ModuleType("configobj")).ConfigObj = object
from cloudinit import dmi, helpers, net, sources, url_helper, util
from cloudinit.net import dhcp, ephemeral

@contextlib.contextmanager
def no_network(*args, **words):
    yield {"fixed-address": "169.254.42.15", "interface": "eth0"}

FIELDS = {"system-manufacturer": "sys_vendor", "system-product-name": "product_name", "system-serial-number": "product_serial",
          "system-uuid": "product_uuid", "chassis-asset-tag": "chassis_asset_tag"}
dmi.read_dmi_data = lambda key: asked["firmware"].get(FIELDS.get(key, key))
ephemeral.EphemeralDHCPv4 = no_network
net.find_fallback_nic = lambda *a, **k: "eth0"
net.get_interfaces_by_mac = lambda *a, **k: asked["cards"]
util.is_resolvable_url = lambda url: True
url, name = asked["url"], asked["name"]
distro = mock.MagicMock()
distro.fallback_interface = "eth0"
paths = helpers.Paths({"cloud_dir": "/nonexistent", "run_dir": "/nonexistent"})

def make(module, cls, config):
    found = __import__("cloudinit.sources." + module, fromlist=["x"])
    if hasattr(found, "EphemeralDHCPv4"): found.EphemeralDHCPv4 = no_network
    return getattr(found, cls)({"datasource": config}, distro, paths)

if name == "digitalocean":
    ds = make("DataSourceDigitalOcean", "DataSourceDigitalOcean", {"DigitalOcean": {"metadata_url": url + "/metadata/v1.json", "use_ip4LL": False}})
elif name == "hetzner":
    ds = make("DataSourceHetzner", "DataSourceHetzner", {"Hetzner": {"metadata_url": url + "/hetzner/v1/metadata", "userdata_url": url + "/hetzner/v1/userdata"}})
elif name == "vultr":
    from cloudinit.sources.helpers import vultr
    vultr.EphemeralDHCPv4 = no_network
    vultr.get_interface_list = lambda: ["eth0"]
    vultr.check_route = lambda url: True
    ds = make("DataSourceVultr", "DataSourceVultr", {"Vultr": {"url": url}})
elif name == "upcloud":
    ds = make("DataSourceUpCloud", "DataSourceUpCloud", {"UpCloud": {"metadata_url": url + "/metadata/v1.json"}})
elif name == "oracle":
    from cloudinit.sources import DataSourceOracle as oracle
    oracle.METADATA_PATTERN = url + "/opc/v{version}/{path}/"
    oracle.DataSourceOracle._is_iscsi_root = lambda self: True
    ds = make("DataSourceOracle", "DataSourceOracle", {})
elif name == "google":
    ds = make("DataSourceGCE", "DataSourceGCE", {"GCE": {"metadata_url": url + "/computeMetadata/v1/"}})
    ds.default_user = "leanos"
elif name == "exoscale":
    ds = make("DataSourceExoscale", "DataSourceExoscale", {"Exoscale": {"metadata_url": url, "password_server_port": int(url.rsplit(":", 1)[1])}})
assert ds._get_data(), "it found nothing"

def text(value):
    return value.decode() if isinstance(value, bytes) else value
print(json.dumps({
    "id": str(ds.get_instance_id()).strip(),
    "name": ds.metadata["local-hostname"].split(".")[0],
    "keys": [key.strip() for key in ds.get_public_ssh_keys()],
    "userData": text(ds.userdata_raw),
    "network": ds.network_config if name in ("digitalocean", "hetzner", "vultr", "upcloud") else None,
}))
`;

/** What cloud-init knows of a machine after it has asked its cloud. */
export interface Known {
  readonly id: string;
  readonly name: string;
  readonly keys: readonly string[];
  readonly userData: string;
  readonly network: unknown;
}

/** Asks beside this process, whose service goes on answering. */
export async function askCloudInit(
  name: string,
  asked: {readonly url: string; readonly firmware: object; readonly cards: Readonly<Record<string, string>>},
): Promise<Known> {
  const {stdout} = await execa('python3', ['-c', READER], {
    input: JSON.stringify({name, ...asked}),
    env: {PYTHONPATH: join(cloudInitPackage(), 'usr/lib/python3/dist-packages')},
  });
  return JSON.parse(stdout) as Known;
}
