import {spawn} from 'node:child_process';
import {createServer, type AddressInfo} from 'node:net';

/** A port here that is the ssh of a process's network, which may have no card. */
export async function intoNetworkOf(pid: string): Promise<AsyncDisposable & {readonly port: number}> {
  const join =
    'const s=require("net").connect(22,"127.0.0.1");process.stdin.pipe(s);s.pipe(process.stdout);s.on("error",()=>process.exit())';
  const server = createServer((socket) => {
    const inside = spawn('nsenter', ['-t', pid, '-n', process.execPath, '-e', join], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    socket.on('error', () => inside.kill()).on('close', () => inside.kill());
    socket.pipe(inside.stdin);
    inside.stdout.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
