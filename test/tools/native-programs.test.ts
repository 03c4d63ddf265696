import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {beforeAll, describe, expect, test} from 'vitest';
import type {FileTree} from '../../src/formats/file-tree.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import {artifactFolder} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

let tree: FileTree;

beforeAll(async () => {
  tree = await decodeTar(readFileSync(join(artifactFolder('rootfs'), 'usr.tar')));
}, 600_000);

/** A program of the image `test`, as one of this host. */
function program(name: string): string {
  const found = tree.get(`usr/bin/${name}`);
  if (found?.type !== 'file') throw new Error(`the image has no ${name}`);
  const path = join(temporary(), name);
  writeFileSync(path, found.data, {mode: 0o755});
  return path;
}

interface Hypervisor {
  readonly variables: Readonly<Record<string, string>>;
  /** How often a question is broken off, as by a snapshot. */
  readonly interrupted?: number;
  readonly silent?: boolean;
  /** How long it says that the answer is, whatever it is. */
  readonly longest?: number;
}

interface Answered {
  readonly status: number;
  readonly stdout: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Channels that are open at the end, and messages that were not as the protocol wants them. */
  readonly open: number;
  readonly refused: readonly number[];
}

function ask(words: readonly string[], hypervisor: Hypervisor): Answered {
  const input = JSON.stringify({program: program('leanos-guestinfo'), words, ...hypervisor});
  const emulator = join(import.meta.dirname, '../support/vmware-port.py');
  const {stdout, stderr} = spawnSync('python3', [emulator], {input, encoding: 'utf8', timeout: 60_000});
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answered;
}

describe('leanos-guestinfo, where a hypervisor of VMware watches its port', () => {
  const LONG = 'abcdefg'.repeat(5001);
  const variables = {'guestinfo.a': 'hello', 'guestinfo.empty': '', 'guestinfo.long': LONG};
  const well = {variables, open: 0, refused: []};

  test.each([
    ['a value', 'info-get guestinfo.a', {status: 0, stdout: 'hello'}],
    ['an empty one', 'info-get guestinfo.empty', {status: 0, stdout: ''}],
    ['a long one', 'info-get guestinfo.long', {status: 0, stdout: LONG}],
    ['one that is not there', 'info-get guestinfo.b', {status: 1, stdout: ''}],
    ['what it does not know', 'x', {status: 1, stdout: ''}],
  ])('gets %s', (_, question, answer) => {
    expect(ask([question], {variables})).toEqual({...well, ...answer});
  });

  test('sets a value', () => {
    expect(ask(['info-set guestinfo.b c d'], {variables}).variables).toEqual({
      ...variables,
      'guestinfo.b': 'c d',
    });
  });

  test('asks again where it is interrupted, and not for ever', () => {
    expect(ask(['info-get guestinfo.a'], {variables, interrupted: 2})).toMatchObject({
      status: 0,
      stdout: 'hello',
      open: 0,
    });
    expect(ask(['info-get guestinfo.a'], {variables, interrupted: 1000})).toMatchObject({
      status: 4,
      stdout: '',
      open: 0,
    });
  });

  test('takes nothing that is larger than it can be', () => {
    expect(ask(['info-get guestinfo.a'], {variables, longest: 0xffff_fff0})).toMatchObject({
      status: 4,
      stdout: '',
      open: 0,
    });
  });

  test('says that nobody answers, and how it is called', () => {
    expect(ask(['info-get guestinfo.a'], {variables, silent: true})).toMatchObject({status: 3, stdout: ''});
    expect(ask([], {variables})).toMatchObject({status: 2, stdout: ''});
  });
});

describe('leanos-socket', () => {
  async function talk(
    serve: (socket: Socket) => void,
    input: string,
  ): Promise<{exitCode: number | undefined; stdout: string}> {
    const path = join(temporary(), 'socket');
    const server = createServer(serve);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const {exitCode, stdout} = await execa(program('leanos-socket'), [path], {input, reject: false});
      return {exitCode, stdout};
    } finally {
      server.close();
    }
  }

  test('sends all there is, and prints all that comes back', async () => {
    const long = 'x'.repeat(200_000);
    let heard = '';
    const said = await talk((socket) => {
      socket.on('data', (bytes) => {
        heard += bytes.toString();
        if (heard.length === long.length) socket.end(`${long}!`);
      });
    }, long);
    expect(said).toEqual({exitCode: 0, stdout: `${long}!`});
    expect(heard).toBe(long);
  });

  test('says that nobody listens', async () => {
    const {exitCode} = await execa(program('leanos-socket'), [join(temporary(), 'none')], {reject: false});
    expect(exitCode).toBe(2);
    expect((await execa(program('leanos-socket'), ['x'.repeat(108)], {reject: false})).exitCode).toBe(1);
  });
});
