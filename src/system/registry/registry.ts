import {open, rm, stat, truncate} from 'node:fs/promises';
import {LeanosError} from '../../core/error.ts';
import {MANIFEST_MEDIA, ociDigest, type Descriptor, type OciPart} from '../../formats/oci.ts';
import {hashFile} from '../hash-file.ts';
import {shortBody, type HttpAnswer} from '../http.ts';
import {nextAddress, PassingStatus, refusal, type Connection} from './connection.ts';

/** What a blob is brought from. */
export type BlobSource = Buffer | string;

/** A manifest as a registry has it. */
export interface FoundManifest {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** One repository of a registry, by the OCI distribution specification 1.1. */
export interface Registry {
  /** `HOST/NAME`, for people. */
  readonly name: string;
  /** Brings a blob there, unless it is there. A transfer that breaks goes on from where the registry says that it is. */
  putBlob(
    blob: Descriptor,
    source: BlobSource,
    onSent?: (bytes: number) => void,
  ): Promise<'brought' | 'there'>;
  putManifest(manifest: OciPart, reference: string): Promise<void>;
  /** `undefined` where there is none. @throws LeanosError REGISTRY also where its digest is another one */
  getManifest(reference: string): Promise<FoundManifest | undefined>;
  /** A blob of at most a few megabytes. @throws LeanosError REGISTRY */
  getSmallBlob(blob: Descriptor): Promise<Buffer>;
  /** Brings a blob into a file; what the file has already is not asked for again. @throws LeanosError REGISTRY */
  getBlob(blob: Descriptor, file: string, onReceived?: (bytes: number) => void): Promise<void>;
}

const MOST_MANIFEST_BYTES = 4 * 2 ** 20;

export function registry(
  connection: Connection,
  {host, repository}: {readonly host: string; readonly repository: string},
): Registry {
  const name = `${host}/${repository}`;
  const at = (path: string): Promise<URL> => connection.url(`/v2/${repository}/${path}`);
  const failure = async (what: string, answer: HttpAnswer): Promise<LeanosError> =>
    new LeanosError('REGISTRY', `${name}: ${what}: ${await refusal(answer)}`);

  const isThere = async ({digest}: Descriptor): Promise<boolean> => {
    const answer = await connection.askPatiently(await at(`blobs/${digest}`), {method: 'HEAD'});
    answer.body.resume();
    if (answer.status === 200) return true;
    if (answer.status === 404) return false;
    throw await failure(`cannot say whether it has ${digest}`, answer);
  };

  const beginUpload = async (): Promise<URL> => {
    const url = await at('blobs/uploads/');
    const answer = await connection.askPatiently(url, {method: 'POST'});
    if (answer.status !== 202) throw await failure('takes nothing', answer);
    answer.body.resume();
    return locationOf(answer, url);
  };

  /** How far an upload is, or a new one where the registry has forgotten it. */
  const resumeUpload = async (url: URL): Promise<{url: URL; from: number}> => {
    const answer = await connection.askPatiently(url, {method: 'GET'});
    answer.body.resume();
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? 0);
    if (answer.status === 204) return {url: locationOf(answer, url), from: last === 0 ? 0 : last + 1};
    return {url: await beginUpload(), from: 0};
  };

  const sendRest = async (
    url: URL,
    {
      blob,
      source,
      from,
      onSent,
    }: {blob: Descriptor; source: BlobSource; from: number; onSent: (bytes: number) => void},
  ): Promise<URL> => {
    const {size} = blob;
    const answer = await connection.ask(url, {
      method: 'PATCH',
      headers: {
        'content-type': 'application/octet-stream',
        ...(from === 0 ? {} : {'content-range': `${from}-${size - 1}`}),
      },
      body: Buffer.isBuffer(source) ? source.subarray(from) : {path: source, start: from, bytes: size - from},
      onSent,
    });
    if (PassingStatus.is(answer.status) || answer.status === 416) {
      answer.body.resume();
      throw new PassingStatus(answer.status);
    }
    if (answer.status !== 202) throw await failure(`does not take ${blob.digest}`, answer);
    answer.body.resume();
    return locationOf(answer, url);
  };

  const finishUpload = async (url: URL, {digest}: Descriptor): Promise<void> => {
    const end = new URL(`${url.href}${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
    const answer = await connection.ask(end, {method: 'PUT'});
    if (PassingStatus.is(answer.status)) throw new PassingStatus(answer.status);
    if (answer.status !== 201 && answer.status !== 204)
      throw await failure(`does not take ${digest}`, answer);
    answer.body.resume();
    mustHaveDigest(answer, digest);
  };

  const putBlob: Registry['putBlob'] = async (blob, source, onSent = () => undefined) => {
    if (await isThere(blob)) return 'there';
    let state = {url: await beginUpload(), from: 0};
    let farthest = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        const {url, from} = state;
        const next = from === blob.size ? url : await sendRest(url, {blob, source, from, onSent});
        state = {url: next, from: blob.size};
        await finishUpload(next, blob);
        return 'brought';
      } catch (error) {
        await connection.pause(tries, error);
        if (await isThere(blob)) return 'brought';
        state = await resumeUpload(state.url);
        // Who comes farther each time is not hopeless.
        if (state.from > farthest) [farthest, tries] = [state.from, 1];
      }
    }
  };

  const putManifest: Registry['putManifest'] = async ({bytes, descriptor}, reference) => {
    const answer = await connection.askPatiently(await at(`manifests/${reference}`), {
      method: 'PUT',
      headers: {'content-type': descriptor.mediaType},
      body: bytes,
    });
    if (answer.status !== 201) throw await failure(`does not take the manifest ${reference}`, answer);
    answer.body.resume();
    mustHaveDigest(answer, descriptor.digest);
  };

  const getManifest: Registry['getManifest'] = async (reference) => {
    const answer = await connection.askPatiently(await at(`manifests/${reference}`), {
      method: 'GET',
      headers: {accept: MANIFEST_MEDIA.join(', ')},
    });
    if (answer.status === 404) {
      answer.body.resume();
      return undefined;
    }
    if (answer.status !== 200) throw await failure(`does not give ${reference}`, answer);
    const bytes = await shortBody(answer, MOST_MANIFEST_BYTES);
    const digest = ociDigest(bytes);
    if (reference.startsWith('sha256:') && reference !== digest) throw otherBytes(reference, digest);
    return {bytes, digest};
  };

  const getSmallBlob: Registry['getSmallBlob'] = async (blob) => {
    if (blob.size > MOST_MANIFEST_BYTES)
      throw new LeanosError(
        'REGISTRY',
        `${blob.digest} is said to have ${blob.size} bytes, too many for what it is`,
      );
    const answer = await connection.askPatiently(await at(`blobs/${blob.digest}`), {method: 'GET'});
    if (answer.status !== 200) throw await failure(`does not give ${blob.digest}`, answer);
    const bytes = await shortBody(answer, MOST_MANIFEST_BYTES);
    const digest = ociDigest(bytes);
    if (digest !== blob.digest) throw otherBytes(blob.digest, digest);
    return bytes;
  };

  /** Asks for what a file lacks of a blob, and appends it. */
  const receiveRest = async (
    blob: Descriptor,
    file: string,
    onReceived: (bytes: number) => void,
  ): Promise<void> => {
    const from = await sizeOf(file);
    const answer = await connection.ask(await at(`blobs/${blob.digest}`), {
      method: 'GET',
      headers: from === 0 ? {} : {range: `bytes=${from}-`},
    });
    if (PassingStatus.is(answer.status)) {
      answer.body.resume();
      throw new PassingStatus(answer.status);
    }
    if (answer.status !== 200 && answer.status !== 206)
      throw await failure(`does not give ${blob.digest}`, answer);
    // A registry that knows no ranges gives all of it once more.
    const start = answer.status === 206 ? from : 0;
    if (start === 0) await truncate(file).catch(() => undefined);
    onReceived(start);
    await using handle = await open(file, 'a');
    let left = blob.size - start;
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      left -= piece.length;
      if (left < 0) {
        answer.body.destroy();
        break;
      }
      await handle.write(piece);
      onReceived(piece.length);
    }
    if (left > 0) throw Object.assign(new Error(`${left} bytes are missing`), {code: 'ECONNRESET'});
  };

  const getBlob: Registry['getBlob'] = async (blob, file, onReceived = () => undefined) => {
    let farthest = 0;
    if ((await sizeOf(file)) > blob.size) await rm(file, {force: true});
    for (let tries = 1; (await sizeOf(file)) < blob.size || blob.size === 0; tries += 1) {
      try {
        await receiveRest(blob, file, onReceived);
        break;
      } catch (error) {
        await connection.pause(tries, error);
        const size = await sizeOf(file);
        if (size > farthest) [farthest, tries] = [size, 0];
      }
    }
    const digest = `sha256:${await hashFile(file)}`;
    if (digest === blob.digest) return;
    await rm(file, {force: true});
    throw otherBytes(blob.digest, digest);
  };

  return {name, putBlob, putManifest, getManifest, getSmallBlob, getBlob};
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({size}) => size,
    () => 0,
  );
}

function locationOf({headers}: HttpAnswer, asked: URL): URL {
  if (headers.location === undefined)
    throw new LeanosError('REGISTRY', `${asked.host} takes an upload, and does not say where`);
  return nextAddress(asked, headers.location);
}

function mustHaveDigest({headers}: HttpAnswer, digest: string): void {
  const said = headers['docker-content-digest'];
  if (typeof said === 'string' && said.startsWith('sha256:') && said !== digest)
    throw otherBytes(digest, said);
}

function otherBytes(asked: string, found: string): LeanosError {
  return new LeanosError('REGISTRY', `what came for ${asked} is ${found}: it is not believed`);
}
