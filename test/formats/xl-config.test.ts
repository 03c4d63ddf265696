import {expect, test} from 'vitest';
import {xlConfig} from '../../src/formats/xl-config.ts';

test('texts keep their quotes and backslashes; lists are on one line', () => {
  expect(
    xlConfig({name: 'payload', memory: 32, extra: String.raw`say="a \ b" it's`, disk: ['a,b', 'c']}),
  ).toBe(
    [
      'name = "payload"',
      'memory = 32',
      String.raw`extra = "say=\"a \\ b\" it's"`,
      'disk = [ "a,b", "c" ]',
      '',
    ].join('\n'),
  );
});
