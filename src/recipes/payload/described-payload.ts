import type {DescribedPayload} from '../../stages/release/release-files.ts';
import type {PayloadRequest} from './payload-request.ts';

/** What the manifest, the bill of materials and the provenance say of a payload. */
export function describedPayload(request: PayloadRequest): DescribedPayload {
  const {file, payload, mode, wanted, files, disks} = request;
  return {
    file: file.name,
    sha256: file.sha256,
    bytes: file.bytes,
    kind: payload.kind,
    forms: payload.forms.map(({form}) => form),
    mode,
    arguments: wanted.args,
    environment: wanted.environment,
    memoryBytes: wanted.memoryBytes ?? null,
    onExit: wanted.onExit ?? null,
    files: [
      ...files.map((each) => ({name: each.name, sha256: each.file.sha256, arguments: each.args})),
      ...disks.map((each) => ({name: each.name, sha256: each.file.sha256})),
    ],
  };
}
