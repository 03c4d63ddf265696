import {join} from 'node:path';
import {askPython, cloudInitPackage} from './cloud-init.ts';

/**
 * cloud-init's own reading of a network configuration (cloudinit/net/network_state.py, which its renderers work from), as
 * facts. It imports configobj for a renderer that is not used here.
 */
const READER = `
import json, sys, types, yaml
asked = json.load(sys.stdin)
sys.modules["configobj"] = types.ModuleType("configobj")
sys.modules["configobj"].ConfigObj = object
sys.path.insert(0, asked["packages"])
from cloudinit import net
from cloudinit.net import eni, network_state
from cloudinit.sources.helpers import openstack

cards = {mac: name for name, mac in asked["cards"].items()}
net.get_interfaces_by_mac = network_state.get_interfaces_by_mac = lambda *a, **k: cards
net.get_ib_hwaddrs_by_interface = lambda *a: {}

BOND = ("bond_mode", "bond_miimon", "bond_xmit_hash_policy", "bond_lacp_rate")

def route(name, to, via, metric):
    to = "default" if to in ("0.0.0.0/0", "::/0") else to
    return " ".join(["route", name, to, str(via)] + (["metric", str(metric)] if metric else []))

def of_subnet(name, subnet):
    kind = subnet["type"]
    if kind in ("dhcp", "dhcp4"):
        yield "dhcp4 " + name
    elif kind in ("dhcp6", "ipv6_dhcpv6-stateful", "ipv6_dhcpv6-stateless"):
        yield "dhcp6 " + name
    elif kind in ("static", "static6"):
        yield "address %s %s/%s" % (name, subnet["address"], subnet["prefix"])
    if subnet.get("gateway"):
        yield route(name, "0.0.0.0/0", subnet["gateway"], None)
    for r in subnet.get("routes", []):
        yield route(name, "%s/%s" % (r["network"], r["prefix"]), r.get("gateway"), r.get("metric"))
    for server in subnet.get("dns_nameservers") or []:
        yield "dns " + server
    for domain in subnet.get("dns_search") or []:
        yield "search " + domain

def of_state(state):
    for link in state.iter_interfaces():
        name = link["name"]
        for subnet in link["subnets"]:
            yield from of_subnet(name, subnet)
        if link.get("mtu"):
            yield "mtu %s %s" % (name, link["mtu"])
        if link.get("vlan_id") is not None:
            yield "vlan %s %s %s" % (name, link["vlan-raw-device"], link["vlan_id"])
        if link.get("bond-master"):
            yield "member %s %s" % (name, link["bond-master"])
        for port in link.get("bridge_ports", []):
            yield "member %s %s" % (port, name)
        for key, value in link.items():
            parameter = key.replace("-", "_")
            if parameter in BOND and value is not None and not link.get("bond-master"):
                yield "bond %s %s %s" % (name, parameter[5:], value)
    for server in state.dns_nameservers:
        yield "dns " + server
    for domain in state.dns_searchdomains:
        yield "search " + domain
    for r in state.iter_routes():
        yield route("-", "%s/%s" % (r["network"], r["prefix"]), r["gateway"], r.get("metric"))

def read(kind, text):
    if kind == "network_data.json":
        return openstack.convert_net_json(json.loads(text), known_macs=cards)
    if kind == "network-interfaces":
        return eni.convert_eni_data(text)
    document = yaml.safe_load(text)
    return document.get("network", document)

facts = []
for kind, text in asked["documents"]:
    state = network_state.parse_net_config_data(read(kind, text), skip_broken=False)
    facts.append(sorted(set(of_state(state))))
from cloudinit import version
print(json.dumps({"version": version.version_string(), "facts": facts}))
`;

export type NetworkDocument = readonly [file: string, text: string];

export interface CloudInitFacts {
  readonly version: string;
  /** For each document, sorted: `address eth0 10.0.0.5/24`, `route eth0 default 10.0.0.1`, … */
  readonly facts: readonly (readonly string[])[];
}

export function cloudInitFacts(
  documents: readonly NetworkDocument[],
  cards: Readonly<Record<string, string>>,
): CloudInitFacts {
  const packages = join(cloudInitPackage(), 'usr/lib/python3/dist-packages');
  return askPython(READER, {packages, documents, cards}) as CloudInitFacts;
}

/** The same facts of a step of the guest; none where cloud-init's reading says nothing of the kind. */
export function factOf(step: string): string[] {
  const words = step.split(' ');
  const after = (word: string): string | undefined => words[words.indexOf(word) + 1];
  const [kind = '', first = '', second = ''] = words;
  if (step.startsWith('ip addr replace ')) return [`address ${after('dev') ?? ''} ${after('replace') ?? ''}`];
  if (step.startsWith('ip route replace ')) {
    const to = after('replace') ?? '';
    const metric = words.includes('metric') ? ` metric ${after('metric') ?? ''}` : '';
    return [
      `route ${after('dev') ?? ''} ${/^(0\.0\.0\.0|::)\/0$/.test(to) ? 'default' : to} ${after('via') ?? ''}${metric}`,
    ];
  }
  if (words.includes('mtu') && kind === 'ip') return [`mtu ${after('dev') ?? ''} ${after('mtu') ?? ''}`];
  if (step.startsWith('make vlan ')) return [`vlan ${words.slice(2).join(' ')}`];
  if (kind === 'member') return [`member ${first} ${second}`];
  const bonding = /^set sys\/class\/net\/(\S+)\/bonding\/(mode|miimon|xmit_hash_policy|lacp_rate) (.*)$/.exec(
    step,
  );
  if (bonding !== null) return [`bond ${bonding.slice(1).join(' ')}`];
  return ['dhcp4', 'dhcp6', 'dns', 'search'].includes(kind) ? [`${kind} ${first}`] : [];
}
