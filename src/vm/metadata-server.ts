import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';

export type Answer = string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void);

export interface ServiceOptions {
  readonly token?: string | undefined;
  readonly tokenHeader?: string | undefined;
  readonly host?: string;
  readonly posts?: boolean;
  readonly refuses?: ((request: IncomingMessage) => number | undefined) | undefined;
}

/** A metadata service on the loopback interface. It ends with its scope. */
export class MetadataServer implements AsyncDisposable {
  /** What was asked for, as `METHOD PATH`. */
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #answers: Readonly<Record<string, Answer>>;
  /** Where it accepts only requests with a token: the one that it takes now. */
  token: string | undefined;
  #tokenHeader = '';
  /** Whether it takes what is posted to it, and notes it as `POST PATH BODY`. */
  #posts = false;
  /** What it refuses, before it looks at anything else. */
  #refuses: (request: IncomingMessage) => number | undefined = () => undefined;

  private constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers;
  }

  /**
   * Answers by path; every other path is 404. `token`: only requests with an IMDSv2 token are answered, whose header is
   * `tokenHeader`. `refuses` gives the status that a request is refused with, if it is.
   */
  static async start(
    answers: Readonly<Record<string, Answer>>,
    {
      token,
      tokenHeader = 'x-aws-ec2-metadata-token',
      host = '127.0.0.1',
      posts = false,
      refuses,
    }: ServiceOptions = {},
  ): Promise<MetadataServer> {
    const server = new MetadataServer(answers);
    server.token = token;
    server.#tokenHeader = tokenHeader;
    server.#posts = posts;
    if (refuses !== undefined) server.#refuses = refuses;
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(0, host, resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    const {address, family, port} = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * What QEMU starts for each connection of a guest, to bring it here: see `metadata` of a machine. It is a shell and no Node.js,
   * whose start takes ten times as long and would be taken for the guest's.
   */
  get command(): string {
    return `bash -c "exec 3<>/dev/tcp/127.0.0.1/${this.port} || exit; cat <&0 >&3 & cat <&3; kill $! 2>/dev/null"`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const {method = '', url = ''} = request;
    const refusal = this.#refuses(request);
    if (refusal !== undefined) {
      this.requests.push(`${method} ${url} refused`);
      response.writeHead(refusal).end('<html>refused</html>');
      return;
    }
    if (method === 'POST' && this.#posts) {
      void text(request).then((body) => {
        this.requests.push(`POST ${url} ${body}`);
        response.end();
      });
      return;
    }
    this.requests.push(`${method} ${url}`);
    if (this.token !== undefined && method === 'PUT' && url === '/latest/api/token') {
      const seconds = Number(request.headers[`${this.#tokenHeader}-ttl-seconds`]);
      response.writeHead(seconds >= 1 && seconds <= 21600 ? 200 : 400).end(this.token);
      return;
    }
    if (this.token !== undefined && request.headers[this.#tokenHeader] !== this.token) {
      response.writeHead(401).end();
      return;
    }
    const answer = method === 'GET' ? this.#answers[url] : undefined;
    if (answer === undefined) response.writeHead(404).end('<html>not found</html>');
    else if (typeof answer === 'function') answer(request, response);
    else response.end(answer);
  }
}
