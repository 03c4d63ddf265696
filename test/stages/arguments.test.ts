import {expect, test} from 'vitest';
import {grubMkimage} from '../../src/stages/boot/grub.ts';
import {directory, file, symlink} from '../../src/formats/file-tree.ts';
import {debugfsScript, stateExt4Args} from '../../src/stages/disk/state-ext4.ts';
import {usrErofsArgs} from '../../src/stages/usr/usr-erofs.ts';
import {usrSquashfsArgs} from '../../src/stages/usr/usr-squashfs.ts';

test.each([
  [
    {compression: 'zstd', level: 9, blockBytes: 262144},
    '-quiet -no-progress -comp zstd -Xcompression-level 9 -b 262144 -root-uid 0 -root-gid 0 -root-mode 755',
  ],
  [
    {compression: 'xz', blockBytes: 131072},
    '-quiet -no-progress -comp xz -b 131072 -root-uid 0 -root-gid 0 -root-mode 755',
  ],
])('sqfstar %j', (options, args) => {
  expect(usrSquashfsArgs(options).join(' ')).toBe(args);
});

test('mkfs.erofs', () => {
  expect(usrErofsArgs({compression: 'lz4hc,12', clusterBytes: 16384}, 7).join(' ')).toBe(
    '--quiet -zlz4hc,12 -C16384 -Eztailpacking,fragments -T7 -Uclear --tar=f',
  );
});

test('mke2fs is told everything that it would take from the size or the clock', () => {
  const args = stateExt4Args({uuid: '01234567-89ab-8def-8123-456789abcdef'});
  expect(args.join(' ')).toBe(
    '-q -t ext4 -L STATE -U 01234567-89ab-8def-8123-456789abcdef -b 4096 -I 256 -i 8192 -J size=4 -m 1 ' +
      '-E hash_seed=01234567-89ab-8def-8123-456789abcdef,lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0,nodiscard',
  );
});

test('debugfs makes folders before what is in them, with their modes and owners', () => {
  const tree = new Map([
    ['home/me', {...directory(0o750), uid: 1000, gid: 1000}],
    ['tmp', directory(0o1777)],
    ['var/run', symlink('../run')],
    ['var/lib/channel', file('beta\n')],
  ]);
  const {script, files} = debugfsScript(tree);
  expect(script).toBe(`mkdir home
set_inode_field home mode 040755
mkdir home/me
set_inode_field home/me mode 040750
set_inode_field home/me uid 1000
set_inode_field home/me gid 1000
mkdir tmp
set_inode_field tmp mode 041777
mkdir var
set_inode_field var mode 040755
mkdir var/lib
set_inode_field var/lib mode 040755
write 0 var/lib/channel
set_inode_field var/lib/channel mode 0100644
symlink var/run ../run
`);
  expect([...files]).toEqual([['0', Buffer.from('beta\n')]]);
});

test('grub-mkimage', () => {
  const argv = grubMkimage({
    platform: 'i386-pc',
    folder: 'm',
    prefix: '(,gpt2)/grub',
    file: 'core.img',
    modules: ['part_gpt', 'fat', 'biosdisk'],
  });
  expect(argv.join(' ')).toBe(
    'grub-mkimage -O i386-pc -d m -p (,gpt2)/grub -o core.img part_gpt fat biosdisk',
  );
});
