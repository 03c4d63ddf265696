import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';
import {opener} from './opened.ts';

/** Firecracker's own description of its API: see the folder's README.md. */
const API = join(CHECKOUT, 'test/support/firecracker/firecracker.yaml');

/** OpenAPI 2 has JSON Schema of draft 4. Keys that Firecracker does not know end it (`deny_unknown_fields` of its sources). */
const JUDGE = `
import json, sys, jsonschema, yaml
definitions = yaml.safe_load(open(sys.argv[1], encoding="utf8"))["definitions"]
for definition in definitions.values():
    if "properties" in definition: definition["additionalProperties"] = False
schema = {"$ref": "#/definitions/FullVmConfiguration", "definitions": definitions}
jsonschema.Draft4Validator.check_schema(schema)
errors = jsonschema.Draft4Validator(schema).iter_errors(json.load(sys.stdin))
print(json.dumps(["/".join(map(str, error.path)) + ": " + error.message for error in errors]))
`;

/** What Firecracker's published schema says against a file for its `--config-file`: path and complaint. */
export function firecrackerComplaints(config: string): string[] {
  const said = opener('python3', ['-c', JUDGE, API], {input: config});
  return JSON.parse(said) as string[];
}
