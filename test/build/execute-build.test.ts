import {expect, test} from 'vitest';
import {mustSuitBuildroot} from '../../src/build/execute-build.ts';

test.each([
  ['/home/a b/cache', ' '],
  ["/home/o'neil/cache", "'"],
  ['/home/$HOME', '$'],
  ['/home/a#b', '#'],
  ['/home/a%b', '%'],
  ['/home/a:b', ':'],
  ['/home/é', 'é'],
  ['/home/a\nb', '\n'],
])('Buildroot is kept out of %j', (folder, found) => {
  expect(() => mustSuitBuildroot(['/fine', folder])).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `${folder}: Buildroot cannot work in a folder whose name has "${found}"`,
      hint: expect.stringContaining('LEANOS_CACHE=') as string,
    }),
  );
});

test('ordinary folders suit Buildroot', () => {
  expect(() => mustSuitBuildroot(['/root/.cache/leanos', '/work/a-b_c+d,e~f@g.1'])).not.toThrow();
});
