import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import {runFolder} from './temporary.ts';

let unpacked: string | undefined;

/** The folder of Debian's package cloud-init, unpacked: once for all tests of a file. */
export function cloudInitPackage(): string {
  if (unpacked !== undefined) return unpacked;
  const folder = mkdtempSync(join(runFolder(), 'cloud-init-'));
  execFileSync('apt-get', ['download', '--quiet', 'cloud-init'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  execFileSync('sh', ['-c', 'dpkg-deb -x cloud-init_*.deb .'], {cwd: folder});
  return (unpacked = folder);
}

/** What a Python program that may import cloud-init prints as JSON about what is asked. */
export function askPython(program: string, asked: unknown): unknown {
  const {status, stdout, stderr} = spawnSync('python3', ['-c', program, cloudInitPackage()], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    env: {...process.env, PYTHONPATH: join(cloudInitPackage(), 'usr/lib/python3/dist-packages')},
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`python3 could not answer: ${stderr}`);
  return JSON.parse(stdout);
}

/** Every example of a cloud-config in cloud-init's documentation: of its files, and of its modules. */
const EXAMPLES = `
import ast, glob, gzip, json, os, sys, textwrap, yaml
found = []
for path in sorted(glob.glob(sys.argv[1] + "/usr/share/doc/cloud-init/examples/cloud-config*")):
    text = (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf8").read()
    if text.startswith("#cloud-config\\n"): found.append([os.path.basename(path), text])
for path in sorted(glob.glob(sys.argv[1] + "/usr/lib/python3/dist-packages/cloudinit/config/cc_*.py")):
    for node in ast.walk(ast.parse(open(path, encoding="utf8").read())):
        if not isinstance(node, ast.Dict): continue
        for key, value in zip(node.keys, node.values):
            if not (isinstance(key, ast.Constant) and key.value == "examples"): continue
            for one in ast.walk(value):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    found.append([os.path.basename(path), "#cloud-config\\n" + textwrap.dedent(one.value)])
print(json.dumps(found))
`;

export function cloudInitExamples(): [name: string, text: string][] {
  return askPython(EXAMPLES, null) as [string, string][];
}

/** The values of documents as PyYAML reads them: path and text; null where it reads no map. */
const LEAVES = `
import json, re, sys, yaml
def leaves(value, path):
    if isinstance(value, dict) and value:
        for key in value: yield from leaves(value[key], path + [re.sub("[^A-Za-z0-9_.@:+-]", "_", str(key))])
    elif isinstance(value, list) and value:
        for index, item in enumerate(value): yield from leaves(item, path + [str(index)])
    else: yield ["/".join(path), value if isinstance(value, str) else None]
def read(text):
    try: value = yaml.safe_load(text)
    except yaml.YAMLError: return None
    return list(leaves(value, [])) if isinstance(value, dict) else None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

/** Path and text of each value; no text where the value is none. */
export type Leaf = [path: string, text: string | null];

export function leavesOf(texts: readonly string[]): (Leaf[] | null)[] {
  return askPython(LEAVES, texts) as (Leaf[] | null)[];
}

/** As cloudinit/handlers/cloud_config.py merges parts, and cloudinit/helpers.py user-data over vendor-data. */
const MERGE = `
import json, sys, yaml
from cloudinit import mergers
def extract(document):
    return mergers.dict_extract_mergers(document)
def parts(texts):
    merged = {}
    for text in texts:
        document = yaml.safe_load(text)
        found = extract(document) or mergers.string_extract_mergers("dict(replace)+list()+str()")
        merged = mergers.construct(found).merge(merged, document)
    return merged
def both(vendor, user):
    return mergers.construct(mergers.default_mergers()).merge(parts(user), parts(vendor))
print(json.dumps([both(*pair) for pair in json.load(sys.stdin)]))
`;

export function mergedByCloudInit(
  pairs: readonly (readonly [vendor: string[], user: string[]])[],
): unknown[] {
  return askPython(MERGE, pairs) as unknown[];
}
