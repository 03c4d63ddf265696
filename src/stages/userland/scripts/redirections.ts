import type {Redirection} from '../../../formats/shell/syntax.ts';
import {expandText} from './expand.ts';
import type {Shell} from './shell.ts';
import {Input, type Streams} from './streams.ts';

/** Runs something with the streams that redirections give it; 1 where it would read a file that is not there. */
export function redirected(
  shell: Shell,
  redirections: readonly Redirection[],
  streams: Streams,
  run: (streams: Streams) => number,
): number {
  let inner = streams;
  for (const {descriptor, operator, word} of redirections) {
    const target = expandText(word, shell);
    if (operator === '<<') inner = {...inner, input: new Input(target)};
    else if (operator === '<') {
      const text = shell.machine.read(shell.path(target));
      if (text === undefined && target !== '/dev/null') return 1;
      inner = {...inner, input: new Input(text)};
    } else if (descriptor === 1) inner = {...inner, write: writer(shell, operator, target, streams)};
  }
  return run(inner);
}

function writer(
  shell: Shell,
  operator: Redirection['operator'],
  target: string,
  streams: Streams,
): Streams['write'] {
  if (operator === '>&') return target === '1' ? streams.write : () => undefined;
  const path = shell.path(target);
  if (operator !== '>>') shell.machine.write(path, '');
  return (text) => {
    const before = shell.machine.get(path);
    const size = text.length + (before?.type === 'file' ? before.data.length : 0);
    shell.effort.hold(size, text.length + size / 100); // to copy bytes is cheap
    shell.machine.write(path, text, {append: true});
  };
}
