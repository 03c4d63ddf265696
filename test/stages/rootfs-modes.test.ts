import {expect, test} from 'vitest';
import {directory, file} from '../../src/formats/file-tree.ts';
import {withModes} from '../../src/stages/rootfs/rootfs.ts';

test('files have the modes that are said of their path, or of its beginning', () => {
  const tree = new Map([
    ['usr/bin/ping', file('', 0o4755)],
    ['usr/bin/screen', directory()],
    ['usr/bin/screen-4.9.0', file('', 0o4755)],
    ['usr/bin/su', file('', 0o4755)],
  ]);
  const modes = [...withModes(tree, {'usr/bin/ping': 0o755, 'usr/bin/screen*': 0o700}).values()];
  expect(modes.map(({mode}) => mode.toString(8))).toEqual(['755', '755', '700', '4755']);
});
