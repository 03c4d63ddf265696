import {createConnection} from 'node:net';
import {once} from 'node:events';

/** Sends one command over QEMU's control protocol (QMP, docs/interop/qmp-spec.rst) and waits for its answer. */
export async function qemuControl(
  socketPath: string,
  command: string,
  words: Readonly<Record<string, string | boolean>> = {},
): Promise<void> {
  const socket = createConnection(socketPath);
  try {
    await once(socket, 'connect');
    socket.write('{"execute": "qmp_capabilities"}\n');
    socket.write(`${JSON.stringify({execute: command, arguments: words, id: 'leanos'})}\n`);
    let answer = '';
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes('"id": "leanos"')) return;
    }
  } finally {
    socket.destroy();
  }
}
