import {execFileSync, spawnSync} from 'node:child_process';
import {temporary} from './temporary.ts';

const SCHEMA = './usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json';

/** As cloudinit/config/schema.py does it: PyYAML reads, JSON Schema draft 4 judges. */
const JUDGE = `
import json, sys, jsonschema, yaml
asked = json.load(sys.stdin)
draft = jsonschema.Draft4Validator
texts = draft.TYPE_CHECKER.redefine("string", lambda checker, found: isinstance(found, (str, bytes)))
judge = jsonschema.validators.extend(draft, type_checker=texts)(asked["schema"])
for text in asked["texts"]:
    for error in judge.iter_errors(yaml.safe_load(text) or {}):
        print(json.dumps([text, "/".join(map(str, error.path)), error.message[:200]]))
`;

/** What cloud-init's own schema (of Debian's package cloud-init) says against cloud-configs: text, path, complaint. */
export function schemaComplaints(texts: readonly string[]): string[] {
  const folder = temporary();
  execFileSync('apt-get', ['download', '--quiet', 'cloud-init'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const schema = execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile cloud-init_*.deb | tar -xO ${SCHEMA}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  const input = JSON.stringify({schema: JSON.parse(schema) as unknown, texts});
  const {status, stdout, stderr} = spawnSync('python3', ['-c', JUDGE], {input, encoding: 'utf8'});
  if (status !== 0) throw new Error(`python3 could not judge: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}
