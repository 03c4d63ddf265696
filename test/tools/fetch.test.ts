import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {fetchFiles, type Pin} from '../../src/system/fetch.ts';
import {run} from '../../src/system/run.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {temporary} from '../support/temporary.ts';

/** A server of two files, and their pins. */
async function twoFiles(): Promise<{server: MetadataServer; pins: [Pin, Pin]}> {
  const server = await MetadataServer.start({'/one': 'first', '/two': 'second'});
  const pin = (path: string, content: string): Pin => ({url: `test:${path}`, sha256: sha256(content)});
  return {server, pins: [pin('one', 'first'), pin('two', 'second')]};
}

test('files come in the order of their pins, one that is asked for twice only once, and none again', async () => {
  const {server, pins} = await twoFiles();
  await using _ = server;
  const [one, two] = pins;
  const folder = temporary();
  const options = {folder, run, mirrors: {test: server.url}};
  const paths = await fetchFiles([two, one, {...two}], options);
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['second', 'first', 'second']);
  const asked = [...server.requests];
  expect(asked).toHaveLength(2);
  expect(await fetchFiles(pins, options)).toEqual(pins.map((pin) => join(folder, pin.sha256)));
  expect(server.requests).toEqual(asked);
});

test('a file that is not what was pinned is told, and the others are kept', async () => {
  const {server, pins} = await twoFiles();
  await using _ = server;
  const [one, two] = pins;
  const folder = temporary();
  const options = {folder, run, mirrors: {test: server.url}};
  const wrong = {...two, sha256: sha256('other')};
  await expect(fetchFiles([one, wrong], options)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(/ {2}two {2}\(http/) as string,
  });
  expect(readFileSync(join(folder, one.sha256), 'utf8')).toBe('first');
});
