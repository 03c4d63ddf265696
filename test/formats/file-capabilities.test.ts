import {expect, test} from 'vitest';
import {fileCapabilities} from '../../src/formats/file-capabilities.ts';
import {file} from '../../src/formats/file-tree.ts';
import {decodeTar, encodeTar} from '../../src/formats/tar.ts';

// What setcap(8) of Debian writes, as getfattr(1) shows it.
test.each([
  ['cap_net_raw+p', '0000000200200000000000000000000000000000'],
  ['cap_net_raw=ep', '0100000200200000000000000000000000000000'],
  ['cap_net_admin,cap_net_raw+eip', '0100000200300000003000000000000000000000'],
  ['cap_setuid,cap_setgid=ep', '01000002c0000000000000000000000000000000'],
  ['CAP_PERFMON,cap_syslog+ep', '0100000200000000000000004400000000000000'],
  ['cap_net_raw+p cap_net_raw-p', '0000000200000000000000000000000000000000'],
])('%s', (text, hex) => {
  expect(fileCapabilities(text)?.toString('hex')).toBe(hex);
});

test.each(['', 'cap_unheard_of+p', 'net_raw', '-r', 'cap_net_raw+x'])('"%s" is not understood', (text) => {
  expect(fileCapabilities(text)).toBeUndefined();
});

test('a tar archive keeps them, whatever their bytes', async () => {
  for (const text of ['cap_net_raw+p', 'cap_setuid=ep']) {
    const capabilities = fileCapabilities(text);
    const tree = new Map([['usr/bin/ping', {...file('x', 0o755), capabilities}]]);
    const read = await decodeTar(await encodeTar(tree as never, 0));
    expect(read.get('usr/bin/ping')).toMatchObject({capabilities});
  }
});
