import {createSocket, type Socket} from 'node:dgram';
import type {Cable} from '../../src/vm/machine-spec.ts';

/** What a lease says. Addresses of IPv4, in dots. */
export interface Lease {
  readonly address: string;
  readonly mask: string;
  /** The server's own: clients are told it, and take it for the router's. */
  readonly server: string;
}

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const UDP_BYTES = 8;
/** RFC 951 with the cookie of RFC 2131, section 3; options follow. */
const BOOTP_BYTES = 240;
const COOKIE = 0x63825363;
const [DISCOVER, OFFER, REQUEST, ACK] = [1, 2, 3, 5];
const [MASK, REQUESTED, LEASE_SECONDS, TYPE, SERVER, END] = [1, 50, 51, 53, 54, 255];

/** A server of DHCP on a cable of its own: all that there is behind a card. It ends with its scope. */
export class VirtualRouter implements AsyncDisposable {
  /** What was asked for that a server does not answer: faults of the client. */
  readonly refused: string[] = [];
  readonly cable: Cable;
  readonly #socket: Socket;
  readonly #lease: Lease;

  private constructor(socket: Socket, cable: Cable, lease: Lease) {
    this.#socket = socket;
    this.cable = cable;
    this.#lease = lease;
    socket.on('message', (frame) => this.#hear(frame));
  }

  static async start(lease: Lease): Promise<VirtualRouter> {
    const [own, other] = [await bound(), await bound()];
    const cable = {to: own.address().port, from: other.address().port};
    await new Promise<void>((resolve) => other.close(() => resolve())); // the guest's end takes it
    return new VirtualRouter(own, cable, lease);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #hear(frame: Buffer): void {
    const bootp = frame.subarray(ETHERNET_BYTES + IP_BYTES + UDP_BYTES);
    // IPv4 (RFC 894), UDP (RFC 790), to the port of servers.
    const isForServer =
      frame.readUInt16BE(12) === 0x0800 &&
      frame[23] === 17 &&
      frame.readUInt16BE(ETHERNET_BYTES + IP_BYTES + 2) === 67;
    if (!isForServer || bootp.length < BOOTP_BYTES || bootp.readUInt32BE(236) !== COOKIE) return;
    const options = readOptions(bootp.subarray(BOOTP_BYTES));
    const type = options.get(TYPE)?.[0];
    const {address, server} = this.#lease;
    if (type === DISCOVER) this.#answer(frame, OFFER);
    else if (type !== REQUEST) this.refused.push(`a message of type ${type}`);
    else if (dotted(options.get(SERVER)) !== server || dotted(options.get(REQUESTED)) !== address)
      this.refused.push(`${dotted(options.get(REQUESTED))} of ${dotted(options.get(SERVER))}`);
    else this.#answer(frame, ACK);
  }

  #answer(question: Buffer, type: number): void {
    const {address, mask, server} = this.#lease;
    const asked = question.subarray(ETHERNET_BYTES + IP_BYTES + UDP_BYTES);
    const bootp = Buffer.alloc(BOOTP_BYTES);
    asked.copy(bootp, 0, 0, BOOTP_BYTES); // its number, and the card's address
    bootp[0] = 2;
    bytesOf(address).copy(bootp, 16);
    const options = Buffer.concat([
      option(TYPE, Buffer.from([type])),
      option(SERVER, bytesOf(server)),
      option(MASK, bytesOf(mask)),
      option(LEASE_SECONDS, Buffer.from([0, 0, 0x0e, 0x10])),
      Buffer.from([END]),
    ]);
    const udp = Buffer.alloc(UDP_BYTES); // without a checksum, as RFC 768 allows
    udp.writeUInt16BE(67, 0);
    udp.writeUInt16BE(68, 2);
    udp.writeUInt16BE(UDP_BYTES + bootp.length + options.length, 4);
    const packet = Buffer.concat([ipHeader(server, udp.readUInt16BE(4)), udp, bootp, options]);
    const ethernet = Buffer.concat([
      question.subarray(6, 12),
      Buffer.from('525400ffffff', 'hex'),
      Buffer.from([8, 0]),
    ]);
    this.#socket.send(Buffer.concat([ethernet, packet]), this.cable.from, '127.0.0.1');
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

function ipHeader(from: string, bytes: number): Buffer {
  const header = Buffer.alloc(IP_BYTES);
  header[0] = 0x45;
  header.writeUInt16BE(IP_BYTES + bytes, 2);
  header[8] = 64;
  header[9] = 17;
  bytesOf(from).copy(header, 12);
  header.fill(0xff, 16); // to all
  let sum = 0;
  for (let at = 0; at < IP_BYTES; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header.writeUInt16BE(~sum & 0xffff, 10);
  return header;
}

function option(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, value.length]), value]);
}

function readOptions(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && bytes[at] !== END;) {
    const [code = 0, length = 0] = bytes.subarray(at, at + 2);
    if (code !== 0) found.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += code === 0 ? 1 : 2 + length;
  }
  return found;
}

function bytesOf(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function dotted(address: Buffer | undefined): string {
  return address === undefined ? 'nothing' : [...address].join('.');
}
