import {askPython, cloudInitPackage} from './cloud-init.ts';

/**
 * What cloud-init's own datasources make of what a hypervisor gives: the code of cloudinit/sources, below which only the way to
 * the hypervisor is another. Modules that it imports and does not need for this are empty ones.
 */
const READER = `
import base64, io, json, sys, types
asked = json.load(sys.stdin)
class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return type(name, (), {})
for name in ("netifaces", "serial", "configobj", "requests", "requests.adapters", "urllib3", "urllib3.connection", "urllib3.connectionpool"):
    try: __import__(name)
    except ImportError: sys.modules[name] = Anything(name)
from cloudinit import sources, util
def text(value):
    return value.decode() if isinstance(value, bytes) else value
def told(metadata, userdata, network, vendordata=None):
    return {"hostname": metadata.get("local-hostname"), "keys": sources.normalize_pubkey_data(metadata.get("public-keys")),
            "userData": text(userdata), "vendorData": text(vendordata), "network": network}
def opennebula():
    from cloudinit.sources import DataSourceOpenNebula as ds
    ds.get_physical_nics_by_mac = lambda distro: {mac: name for name, mac in asked["cards"].items()}
    found = ds.read_context_disk_dir(asked["folder"], None)
    return told(found["metadata"], found["userdata"], found.get("network-interfaces"))
def vmware():
    from cloudinit.sources import DataSourceVMware as ds
    ds.guestinfo_get_value = lambda key, tool=None: ds.handle_returned_guestinfo_val(key, asked["variables"].get("guestinfo." + key, ""))
    metadata = ds.process_metadata(ds.load_json_or_yaml(ds.guestinfo("metadata")))
    network = metadata.get("network", {}).get("config")
    return told(metadata, ds.guestinfo("userdata"), network, ds.guestinfo("vendordata"))
def ovf():
    from cloudinit.sources import DataSourceOVF as ds
    metadata, userdata, config = ds.read_ovf_environment(asked["document"], read_network=True)
    return dict(told(metadata, userdata, metadata.get("network-config")), password=config.get("password"))
def smartos():
    from cloudinit.sources import DataSourceSmartOS as ds
    values = asked["values"]
    metadata = {name: values.get(key) for name, (key, strip) in ds.SMARTOS_ATTRIB_MAP.items()}
    metadata["local-hostname"] = metadata["local-hostname"] or metadata["hostname"] or metadata["instance-id"]
    network = ds.convert_smartos_network_data(network_data=json.loads(values["sdc:nics"]), dns_servers=json.loads(values.get("sdc:resolvers", "[]")),
        dns_domain=values.get("sdc:dns_domain"), routes=json.loads(values.get("sdc:routes", "[]")))
    return told(metadata, metadata["user-data"], network)
print(json.dumps(globals()[asked["kind"]]()))
`;

export interface Read {
  readonly hostname: string | null;
  readonly keys: readonly string[];
  readonly userData: string | null;
  readonly vendorData: string | null;
  readonly network: object | null;
  readonly password?: string | null;
}

type Question =
  | {kind: 'opennebula'; folder: string; cards: Readonly<Record<string, string>>}
  | {kind: 'vmware'; variables: Readonly<Record<string, string>>}
  | {kind: 'ovf'; document: string}
  | {kind: 'smartos'; values: Readonly<Record<string, string>>};

export function readByCloudInit(question: Question): Read {
  cloudInitPackage();
  return askPython(READER, question) as Read;
}
