import type {ArchitectureName} from '../../src/core/architecture.ts';
import {expect, test} from 'vitest';
import {decodeGpt} from '../../src/formats/gpt.ts';
import {derivedUuid, partition, diskLayout, sfdiskScript} from '../../src/formats/disk-layout.ts';
import {recognise} from '../../src/formats/recognise.ts';

const MIB = 2 ** 20;
const SIZES = {espBytes: 40 * MIB, usrBytes: 26 * MIB, stateBytes: 33 * MIB};

test('the disk of the test image has 128 MiB', () => {
  expect(diskLayout(SIZES, {arch: 'x86_64', seed: 's'}).bytes).toBe(128 * MIB);
});

test('partitions follow each other, on whole MiB', () => {
  const {partitions} = diskLayout(SIZES, {arch: 'x86_64', seed: 's'});
  for (const [index, {startLba, sectors}] of partitions.entries()) {
    expect(startLba % 2048).toBe(0);
    expect(sectors % 2048).toBe(0);
    expect(partitions[index + 1]?.startLba ?? startLba + sectors).toBe(startLba + sectors);
  }
});

test('a slot has the type of its architecture, so that nobody takes it for another', () => {
  const type = (arch: ArchitectureName) => partition(diskLayout(SIZES, {arch, seed: 's'}), 'USR-A').type;
  expect(type('x86_64')).toBe('8484680C-9521-48C6-9C11-B0720656F69E');
  expect(type('aarch64')).toBe('B0E01050-EE5F-4390-949A-9101B17104E9');
});

test('identifiers follow from the seed and are valid UUIDs of version 8', () => {
  expect(derivedUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(derivedUuid('a')).not.toBe(derivedUuid('b'));
});

test('sfdisk is told every start, size, type, name and identifier', () => {
  const script = sfdiskScript(diskLayout(SIZES, {arch: 'x86_64', seed: 's'}));
  expect(
    script
      .split('\n')
      .slice(0, 4)
      .map((line) => line.split(':')[0]),
  ).toEqual(['label', 'label-id', 'unit', 'first-lba']);
  expect(script).toMatch(
    /start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=[0-9A-F-]{36}, name="BIOS-BOOT"/,
  );
});

test('what OpenFirmware starts has the place of what a BIOS starts', () => {
  const {partitions} = diskLayout(SIZES, {arch: 'ppc64le', seed: 's'});
  expect(partitions.map(({label}) => label)).toEqual(['PREP', 'ESP', 'USR-A', 'USR-B', 'STATE']);
  expect(partitions[0]?.type).toBe('9E1A2D38-C612-4316-AA26-8B49521E5A8B');
});

test('what is no disk has no GPT and is nothing', () => {
  expect(decodeGpt(Buffer.alloc(4096))).toBeUndefined();
  expect(recognise(Buffer.alloc(4096))).toBeUndefined();
});

test.each([
  ['qcow2 disk', Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(60)])],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ['ELF', Buffer.from('\x7fELF', 'latin1')],
])('%s is recognised', (kind, start) => {
  expect(recognise(start)?.kind).toBe(kind);
});
