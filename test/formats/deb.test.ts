import {expect, test} from 'vitest';
import {packageData} from '../../src/formats/deb.ts';

/** An ar archive as dpkg-deb writes it. */
function archive(files: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries(files).map(([name, text]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(12)}${'100644'.padEnd(8)}${String(text.length).padEnd(10)}\`\n`;
    return header.padStart(60) + text + '\n'.repeat(text.length % 2);
  });
  return Buffer.from(`!<arch>\n${members.join('')}`, 'latin1');
}

const DEB = archive({'debian-binary': '2.0\n', 'control.tar.xz': 'odd', 'data.tar.xz': 'files'});

test('the files of a Debian package are found behind members of odd size', () => {
  expect(packageData(DEB)).toEqual({bytes: Buffer.from('files'), compression: '.xz'});
  expect(packageData(archive({'data.tar/': 'x'}))?.compression).toBe('');
});

test.each([
  ['none', Buffer.from('<html>')],
  ['one without files', archive({'debian-binary': '2.0\n'})],
  ['one that is cut off', DEB.subarray(0, DEB.length - 4)],
])('a package that is %s has no files', (_, bytes) => {
  expect(packageData(bytes)).toBeUndefined();
});
