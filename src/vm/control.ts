import {createConnection, type Socket} from 'node:net';
import {once} from 'node:events';
import {LeanosError} from '../core/error.ts';

const ANSWER_MS = 10_000;

type Words = Readonly<Record<string, unknown>>;

/**
 * Sends one command over QEMU's control protocol (QMP, docs/interop/qmp-spec.rst) and gives what it returns.
 * @throws LeanosError BOOT_FAILED where it refuses, or says nothing within `timeoutMs`
 */
export async function qemuControl(
  socketPath: string,
  command: string,
  words: Words = {},
  {timeoutMs = ANSWER_MS}: {timeoutMs?: number} = {},
): Promise<unknown> {
  const socket = createConnection(socketPath);
  const late = setTimeout(
    () => socket.destroy(new LeanosError('BOOT_FAILED', `QEMU did not answer ${command} in time`)),
    timeoutMs,
  );
  try {
    await once(socket, 'connect');
    socket.write('{"execute": "qmp_capabilities"}\n');
    socket.write(`${JSON.stringify({execute: command, arguments: words, id: 'leanos'})}\n`);
    return await answer(socket, command);
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** Each answer is one line. @throws LeanosError */
async function answer(socket: Socket, command: string): Promise<unknown> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) {
    text += String(chunk);
    const line = text.split('\n').find((each) => each.includes('"id": "leanos"') && each.endsWith('}\r'));
    if (line === undefined) continue;
    const {return: value, error} = JSON.parse(line) as {return?: unknown; error?: {desc: string}};
    if (error === undefined) return value;
    throw new LeanosError('BOOT_FAILED', `QEMU refused ${command}: ${error.desc}`);
  }
  // `quit` may end QEMU before it has answered.
  if (command === 'quit') return undefined;
  throw new LeanosError('BOOT_FAILED', `QEMU hung up before it had answered ${command}`);
}
