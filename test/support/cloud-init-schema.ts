import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {askPython, cloudInitPackage} from './cloud-init.ts';

const SCHEMA = 'usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json';

/** As cloudinit/config/schema.py does it: PyYAML reads, JSON Schema draft 4 judges. */
const JUDGE = `
import json, sys, jsonschema, yaml
asked = json.load(sys.stdin)
draft = jsonschema.Draft4Validator
texts = draft.TYPE_CHECKER.redefine("string", lambda checker, found: isinstance(found, (str, bytes)))
judge = jsonschema.validators.extend(draft, type_checker=texts)(asked["schema"])
print(json.dumps([
    json.dumps([text, "/".join(map(str, error.path)), error.message[:200]])
    for text in asked["texts"] for error in judge.iter_errors(yaml.safe_load(text) or {})
]))
`;

/** What cloud-init's own schema (of Debian's package cloud-init) says against cloud-configs: text, path, complaint. */
export function schemaComplaints(texts: readonly string[]): string[] {
  const schema = JSON.parse(readFileSync(join(cloudInitPackage(), SCHEMA), 'utf8')) as unknown;
  return askPython(JUDGE, {schema, texts}) as string[];
}
