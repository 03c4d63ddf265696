import {readFile} from 'node:fs/promises';
import {parseSize} from '../../core/size.ts';
import {LeanosError} from '../../core/error.ts';
import {whyUnread} from '../../core/why-unread.ts';
import {machineMemoryMib} from '../../recipes/payload/payload-request.ts';
import {bootImage, defaultFirmware, type Firmware} from '../../vm/boot-image.ts';
import {freePort} from '../../vm/free-port.ts';
import {recordRunning} from '../../vm/running.ts';
import {generateSshKey} from '../../vm/ssh.ts';
import type {Context} from '../context.ts';
import {bareFirmwares} from '../../build/bare-machine.ts';
import {keptLog, readyImage, type ReadyImage} from '../../build/ready-image.ts';
import type {RunOptions} from '../machine-options.ts';
import {forwardedPorts, type ForwardedPort} from '../forwarded-ports.ts';
import {buildChoice} from '../image-options.ts';
import {ownPublicKeys} from '../../build/own-keys.ts';

/** `leanos run`: the machine's console is this terminal until it is switched off or left with ctrl-a x. */
export async function runCommand(options: RunOptions, context: Context): Promise<void> {
  const userData = options.userData === undefined ? undefined : await readUserData(options.userData);
  const diskBytes = options.disk === undefined ? undefined : diskSize(options.disk);
  await using guest = await readyImage(await buildChoice(options, context.workspace), context, options);
  context.quiet();
  const {request} = guest.built.prepared;
  const ways = bareFirmwares(request);
  if (ways !== undefined) return await runBare(guest, {...options, ways, diskBytes}, context);
  const {image} = request;
  const key = generateSshKey('leanos-run');
  const sshPort = await freePort(options.sshPort, image.login.port);
  const ports = await forwardedPorts(image.services, options.port);
  const firmware = options.firmware ?? defaultFirmware(guest.image.arch);
  context.say(
    `leanos: ${image.name} under ${guest.accelerator}, ${firmware}; ctrl-a x leaves; in another terminal: leanos ssh`,
  );
  const publicKeys = await ownPublicKeys();
  if (publicKeys.length > 0)
    context.say(`        ssh -p ${sshPort} ${image.login.user}@127.0.0.1     with your own key`);
  sayPorts(ports, context);
  await using machine = await bootImage(guest.image, {
    folder: guest.folder,
    firmware,
    memoryMib: options.memory ?? machineMemoryMib(guest.built.prepared.request.payload),
    cpu: options.cpu,
    accelerator: guest.accelerator,
    seed: {
      instanceId: `i-${sshPort}`,
      hostname: image.hostname,
      publicKeys: [key.publicKey, ...publicKeys],
      userData,
    },
    diskBytes,
    sshPort,
    ports,
    console: 'attached',
    log: keptLog(context, 'run'),
    run: guest.run,
  });
  await using _record = await recordRunning(`${context.workspace.cache.machines}/running`, {
    image: image.name,
    sshPort,
    user: image.login.user,
    privateKey: key.privateKey,
    startedMs: Date.now(),
  });
  const stop = (): void => machine.kill();
  context.signal.addEventListener('abort', stop);
  const {ok, how} = await machine.finished();
  if (!ok && !context.signal.aborted) throw machine.failure(`QEMU ended: ${how}`);
}

/** An image without Linux: nobody is seeded, and nobody logs in. */
async function runBare(
  guest: ReadyImage,
  {
    firmware,
    ways,
    memory,
    cpu,
    port,
    diskBytes,
  }: Pick<RunOptions, 'firmware' | 'memory' | 'cpu' | 'port'> & {
    ways: readonly Firmware[];
    diskBytes: number | undefined;
  },
  context: Context,
): Promise<void> {
  const {payload} = guest.built.prepared.request;
  const ports = await forwardedPorts([], port);
  const way = firmware ?? ways[0] ?? 'direct';
  context.say(
    `leanos: ${payload?.file.name ?? ''} under ${guest.accelerator}, ${way}; there is no Linux in the image; ctrl-a x leaves`,
  );
  sayPorts(ports, context);
  await using machine = await bootImage(guest.image, {
    folder: guest.folder,
    firmware: way,
    memoryMib: memory ?? machineMemoryMib(payload),
    cpu,
    accelerator: guest.accelerator,
    diskBytes,
    ports,
    console: 'attached',
    log: keptLog(context, 'run'),
    run: guest.run,
  });
  const stop = (): void => machine.kill();
  context.signal.addEventListener('abort', stop);
  // A payload that ends the machine by its port gives QEMU a status that says nothing of success.
  const {how} = await machine.finished();
  context.say(`leanos: QEMU ended: ${how}`);
}

function sayPorts(ports: readonly ForwardedPort[], context: Context): void {
  for (const {name, host, guest} of ports)
    context.say(
      `        127.0.0.1:${host}     leads to port ${guest}${name === undefined ? '' : `: ${name}`}`,
    );
}

async function readUserData(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new LeanosError('USAGE', `--user-data ${path}: ${whyUnread(error)}`, {cause: error});
  }
}

function diskSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new LeanosError('USAGE', `--disk ${text}: a size is needed, such as 2GiB`);
}
