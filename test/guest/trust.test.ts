import {describe, expect, test} from 'vitest';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {formatPublicKey} from '../../src/formats/signify.ts';
import type {FakeMachine} from '../support/ash.ts';
import {
  CHECK,
  iso,
  keys,
  line,
  machineOn,
  NEW,
  OLD,
  published,
  TODAY,
  update,
  type Release,
} from '../support/published-release.ts';

const FOLDER = 'var/lib/leanos/update';
const revoked = {keys: [line('next')]};
const both = {keys: [line('mine'), line('next')]};
const id = (name: keyof typeof keys): string => keys[name].publicKey.id;

/** What leanos-update says of a release that a server gives, and its status. */
async function offered(machine: FakeMachine, release: Release, command = CHECK): Promise<string> {
  await using server = await MetadataServer.start(published(release));
  machine.write(`${FOLDER}/url`, `${server.url}\n`);
  return (await update(machine, command)).text;
}

describe('what only goes forward is remembered together', () => {
  test('a key that was revoked stays so when the pointer before that is played again', async () => {
    const machine = await machineOn('');
    const first: Release = {signers: ['mine', 'next'], pointer: {published: iso(-3), ...both}};
    expect(await offered(machine, first)).toBe(`${NEW} is wanted`);
    const second: Release = {signers: ['next'], pointer: {published: iso(-2), ...revoked}};
    expect(await offered(machine, second)).toBe(`${NEW} is wanted`);
    expect(await offered(machine, first)).toMatch(
      /was published at .*, and this channel gave one of .* before/,
    );
    const stolen: Release = {
      version: `${TODAY - 5}.0.0`,
      signers: ['mine'],
      pointer: {published: iso(-1), ...both},
    };
    expect(await offered(machine, stolen)).toMatch(/no answer/);
  });

  test('a rollout that was stopped stays so when the pointer before that is played again', async () => {
    const machine = await machineOn('');
    const going: Release = {pointer: {published: iso(-3), rollout: 100}};
    expect(await offered(machine, going)).toBe(`${NEW} is wanted`);
    expect(await offered(machine, {pointer: {published: iso(-2), rollout: 0}})).toMatch(/0 % have it/);
    expect(await offered(machine, going)).toMatch(/a channel never goes back/);
  });

  test('a newer version that was published earlier is an older pointer all the same', async () => {
    const machine = await machineOn('');
    await offered(machine, {pointer: {published: iso(-2)}});
    expect(await offered(machine, {version: `${TODAY - 1}.0.0`, pointer: {published: iso(-3)}})).toMatch(
      /a channel never goes back/,
    );
  });

  test('the same pointer may come again; another of the same time may not', async () => {
    const machine = await machineOn('');
    const pointer = {published: iso(-2), expires: iso(20)};
    expect(await offered(machine, {pointer})).toBe(`${NEW} is wanted`);
    expect(await offered(machine, {pointer})).toBe(`${NEW} is wanted`);
    expect(await offered(machine, {pointer: {...pointer, rollout: 50}})).toMatch(/says other things/);
  });

  test('a clock that was set back does not make an old pointer young', async () => {
    const machine = await machineOn('');
    const last: Release = {pointer: {published: iso(-1), expires: iso(29)}};
    await offered(machine, last);
    const earlier = Math.floor(Date.now() / 1000) - 100 * 86_400;
    const back = `date() { echo ${earlier}; }; ${CHECK}`;
    expect(await offered(machine, {pointer: {published: iso(-0.5), expires: iso(-1.5)}}, back)).toMatch(
      /it expired at/,
    );
    expect(
      await offered(machine, {pointer: {published: iso(-0.5), expires: iso(29), rollout: 100}}, back),
    ).toBe(`${NEW} is wanted`);
    expect(machine.read('dev/console')).toContain('the clock of this machine is behind');
  });

  test('a time of the future is not taken, for nothing could come after it', async () => {
    const machine = await machineOn('');
    const pointer = {published: iso(30), expires: iso(60)};
    expect(await offered(machine, {pointer})).toMatch(/which is in the future/);
    expect(await offered(machine, {pointer: {published: iso(-1)}})).toBe(`${NEW} is wanted`);
  });

  test.each(['', 'yesterday', '2026-11-26', '9'])('a time that is none, "%s", is refused', async (text) => {
    const machine = await machineOn('');
    expect(await offered(machine, {pointer: {published: text}})).toMatch(/does not say when/);
    expect(await offered(machine, {pointer: {expires: text}})).toMatch(/does not say when/);
  });

  test('each channel has its own place; whom to believe is one thing for all', async () => {
    const machine = await machineOn('');
    await offered(machine, {signers: ['mine', 'next'], pointer: {published: iso(-3), ...both}});
    const stopped: Release = {signers: ['next'], pointer: {published: iso(-2), rollout: 0, ...revoked}};
    expect(await offered(machine, stopped)).toMatch(/0 % have it/);
    machine.write(`${FOLDER}/channel`, 'beta\n');
    const beta = (release: Release): Release => ({
      ...release,
      channel: 'beta',
      pointer: {channel: 'beta', published: iso(-1), ...release.pointer},
    });
    expect(await offered(machine, beta({signers: ['mine']}))).toMatch(/no answer/);
    expect(await offered(machine, beta({signers: ['next'], pointer: revoked}))).toBe(`${NEW} is wanted`);
    // Published before what revoked the key: what it gives may be taken, whom it believes may not.
    machine.write(`${FOLDER}/channel`, 'alpha\n');
    const alpha = {channel: 'alpha', published: iso(-2.5), ...both};
    expect(await offered(machine, {channel: 'alpha', signers: ['next'], pointer: alpha})).toBe(
      `${NEW} is wanted`,
    );
    expect(machine.read(`${FOLDER}/believed`)).not.toContain(line('mine'));
    machine.write(`${FOLDER}/channel`, 'stable\n');
    expect(
      await offered(machine, {signers: ['mine', 'next'], pointer: {published: iso(-3), ...both}}),
    ).toMatch(/a channel never goes back/);
  });
});

describe('what was remembered before is taken over', () => {
  test('the newest version of a channel, of seen.CHANNEL', async () => {
    const machine = await machineOn('');
    machine.write(`${FOLDER}/seen.stable`, `${TODAY - 5}.0.0\n`);
    machine.write(`${FOLDER}/seen.alpha`, 'garbage\n');
    expect(await offered(machine, {})).toMatch(/a channel never goes back/);
    expect(await offered(machine, {version: `${TODAY - 5}.0.0`})).toBe(`${TODAY - 5}.0.0 is wanted`);
    expect(machine.read(`${FOLDER}/believed`)).toMatch(/^channel stable \S+ \S+ [0-9a-f]{64}$/m);
  });

  test.each([
    ['keys.old alone, as a power cut left it', ['keys.old']],
    ['keys.old beside the keys that were to follow', ['keys.new', 'keys.old']],
  ])('%s', async (_, folders) => {
    const machine = await machineOn('');
    machine.ash(`rm -r "$ROOT/${FOLDER}/keys"`);
    for (const folder of folders) {
      const {publicKey} = keys[folder === 'keys.old' ? 'mine' : 'next'];
      machine.write(`${FOLDER}/${folder}/${publicKey.id}.pub`, formatPublicKey(publicKey));
    }
    const signer = folders.length === 1 ? 'mine' : 'next';
    const pointer = {keys: [line(signer)]};
    expect(await offered(machine, {signers: [signer], pointer})).toBe(`${NEW} is wanted`);
    const kept = machine.ash(`ls "$ROOT/${FOLDER}" "$ROOT/${FOLDER}/keys"`).stdout;
    expect(kept).toContain(`${id(signer)}.pub`);
    expect(kept).not.toMatch(/keys\.(old|new)/);
  });
});

describe('a file that is damaged', () => {
  const damage: readonly [name: string, text: string][] = [
    ['is empty', ''],
    ['has no end', `keys -\nkey ${id('stranger')} ${line('stranger')}\n`],
    ['has a key whose number is a path', `keys -\nkey ../../x ${line('mine')}\nend\n`],
    ['has a key that is none', `keys -\nkey ${id('mine')} x\nend\n`],
    ['is of something else', '\u0000\u0001\u001B[31m\nend\n'],
  ];

  test.each(damage)('of whom to believe %s: it is begun anew, and said', async (_, text) => {
    const machine = await machineOn('');
    machine.write(`${FOLDER}/believed`, text);
    expect(await offered(machine, {})).toBe(`${NEW} is wanted`);
    expect(machine.read('dev/console')).toContain('is damaged, and begun anew');
    expect(machine.read(`${FOLDER}/believed`)).toContain(`key ${id('mine')} ${line('mine')}`);
  });

  test.each<[string, string]>([
    ['machine', `: >$F/machine`],
    ['machine', `printf 'a\\033[31m b' >$F/machine`],
    ['machine', `mkdir $F/machine`],
  ])('%s after %s is made anew, and said', async (name, command) => {
    const machine = await machineOn('');
    machine.ash(`F=$ROOT/${FOLDER}; ${command}`);
    expect(await offered(machine, {})).toBe(`${NEW} is wanted`);
    expect(machine.read(`${FOLDER}/${name}`)).toMatch(/^[0-9a-f]{32}\n$/);
    expect(machine.read('dev/console')).toContain('is damaged, and made anew');
  });
});

test('a STATE that cannot be written to takes no pointer: what is not remembered can be played again', async () => {
  const machine = await machineOn('');
  const full = `remember() { return 1; }; ${CHECK}`;
  expect(await offered(machine, {}, full)).toMatch(/cannot be written to STATE/);
});

test('what a version before this one would follow is whom this one believes', async () => {
  const machine = await machineOn('');
  machine.write(`${FOLDER}/keys/stale.pub`, 'x\n');
  await offered(machine, {signers: ['mine', 'next'], pointer: revoked});
  expect(machine.ash(`ls "$ROOT/${FOLDER}/keys"`).stdout).toBe(`${id('next')}.pub\n`);
  expect(OLD).not.toBe(NEW);
});
