import {opener} from './opened.ts';

/**
 * Rules of DMTF's DSP0243 1.1 and of its schemas, which Debian does not have: sections begin with Info; what is named is there; the
 * elements of an Item are in the order of CIM's schema, which is that of the alphabet.
 */
const JUDGE = `
import os, sys, xml.etree.ElementTree as tree
OVF, RASD = "{http://schemas.dmtf.org/ovf/envelope/1}", "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData}"
path = sys.argv[1]
root = tree.parse(path).getroot()
def names(element, attribute): return [each.get(OVF + attribute) for each in root.iter(OVF + element)]
def wrong(what):
    if what: print(*what)
files, disks, networks = names("File", "id"), names("Disk", "diskId"), names("Network", "name")
order = [child.tag.replace(OVF, "") for child in root]
wrong(order != ["References", "DiskSection", "NetworkSection", "VirtualSystem"] and ["sections", order])
system = [child.tag.replace(OVF, "") for child in root.find(OVF + "VirtualSystem")]
wrong([name for name in system if name == "Name"] and system[:2] != ["Info", "Name"] and ["system", system])
for section in root.iter():
    if section.tag.endswith(("Section", "VirtualSystem")) and section[0].tag != OVF + "Info": print("no Info first", section.tag)
for file in root.iter(OVF + "File"):
    there = os.path.join(os.path.dirname(path), file.get(OVF + "href"))
    wrong(os.path.getsize(there) != int(file.get(OVF + "size")) and ["size", there])
wrong([each for each in names("Disk", "fileRef") if each not in files])
for each in (files, disks, networks): wrong(len(set(each)) != len(each) and ["twice", each])
items = [{child.tag.replace(RASD, ""): child.text for child in item} for item in root.iter(OVF + "Item")]
numbers = [item["InstanceID"] for item in items]
wrong(len(set(numbers)) != len(numbers) and ["twice", numbers])
for item in items:
    wrong(list(item) != sorted(item) and ["order", list(item)])
    wrong(item.get("Parent", numbers[0]) not in numbers and ["parent", item])
    wrong(item.get("Connection", networks[0]) not in networks and ["network", item])
    wrong(item["ResourceType"] == "17" and item["HostResource"].split("/")[-1] not in disks and ["disk", item])
`;

/** What is wrong with a descriptor of OVF, and with the files beside it that it names. */
export function ovfComplaints(path: string): string[] {
  return opener('python3', ['-c', JUDGE, path])
    .split('\n')
    .filter((line) => line !== '');
}
