import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {fetchFiles, type FetchOptions, type Pin} from '../../src/system/fetch.ts';
import {run} from '../../src/system/run.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {temporary} from '../support/temporary.ts';

const pin = (path: string, content: string): Pin => ({url: `test:${path}`, sha256: sha256(content)});
const [ONE, TWO] = [pin('one', 'first'), pin('two', 'second')];

/** Does something with a mirror that has both files. */
async function withMirror(
  use: (server: MetadataServer, options: FetchOptions) => Promise<void>,
): Promise<void> {
  await using server = await MetadataServer.start({'/one': 'first', '/two': 'second'});
  await use(server, {folder: temporary(), run, mirrors: {test: server.url}});
}

test('files come in the order of their pins, one that is asked for twice only once, and none again', () =>
  withMirror(async (server, options) => {
    const paths = await fetchFiles([TWO, ONE, {...TWO}], options);
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['second', 'first', 'second']);
    const asked = [...server.requests];
    expect(asked).toHaveLength(2);
    const again = await fetchFiles([ONE, TWO], options);
    expect(again).toEqual([ONE, TWO].map((each) => join(options.folder, each.sha256)));
    expect(server.requests).toEqual(asked);
  }));

test('a file that is not what was pinned is told, and the others are kept', () =>
  withMirror(async (_, options) => {
    const wrong = {...TWO, sha256: sha256('other')};
    await expect(fetchFiles([ONE, wrong], options)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringMatching(/ {2}two {2}\(http/) as string,
    });
    expect(readFileSync(join(options.folder, ONE.sha256), 'utf8')).toBe('first');
  }));

test('a download that has changed since, in its size, is fetched again, and said', () =>
  withMirror(async (server, options) => {
    const said: string[] = [];
    await fetchFiles([ONE, TWO], options);
    writeFileSync(join(options.folder, ONE.sha256), 'FIRST');
    const [path = ''] = await fetchFiles([{...ONE, bytes: 5}, TWO], {
      ...options,
      onProgress: (text) => said.push(text),
    });
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(server.requests).toHaveLength(3);
    expect(said[0]).toBe('1 download had changed, and must be fetched again');
  }));
