import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** A package that people put into lean images, and how it is seen at work in a booted guest. */
export interface PackageRow {
  /** Other packages than the one of this name. */
  readonly packages?: readonly string[];
  /** Writes files that the image has beside packages into a folder. */
  readonly overlay?: (folder: string) => void;
  /** What comes along for it to be seen at work. */
  readonly with?: readonly string[];
  readonly services?: Readonly<Record<string, unknown>>;
  /** Further keys of the definition, beside `packages:` and `services:`. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Asked as root, again and again, until what it prints has `answer`. */
  readonly ask: string;
  readonly answer: RegExp;
  /** For people. */
  readonly does: string;
  /** MiB, where 256 do not do. */
  readonly memoryMib?: number;
  /** What QEMU's `-cpu` takes, where the usual one does not do. */
  readonly cpu?: string;
  /** Whether the ordinary run tries it, in one image with the others. */
  readonly always?: true;
}

/** A page of this machine's own, over HTTP. */
const PAGE = 'mkdir -p /tmp/www; echo a page >/tmp/www/page; pidof httpd || httpd -p 8088 -h /tmp/www; ';
const URL = 'http://127.0.0.1:8088/page';
/** A line of shell as the words of a service. */
const shell = (script: string): string => `sh -c "${script}"`;

/** A program of Go for this architecture, without libraries. Needs `go`, which Debian's golang-go has. */
function goHello(folder: string): void {
  const source = join(folder, 'hello.go');
  mkdirSync(join(folder, 'usr/bin'), {recursive: true});
  writeFileSync(source, 'package main\nfunc main() { println("hello from Go") }\n');
  const env = {...process.env, CGO_ENABLED: '0', GOCACHE: join(folder, 'cache'), GO111MODULE: 'off'};
  execFileSync('go', ['build', '-trimpath', '-o', join(folder, 'usr/bin/hello'), source], {
    env,
    stdio: 'inherit',
  });
  rmSync(source);
  rmSync(join(folder, 'cache'), {recursive: true});
}

/** The packages by their names, in Debian's trixie. */
export const PACKAGE_ROWS: Readonly<Record<string, PackageRow>> = {
  curl: {
    with: ['ca-certificates'],
    ask: `${PAGE}curl -sS ${URL}; curl -sS --cacert /etc/ssl/certs/ca-certificates.crt file:///etc/hostname`,
    answer: /^a page$/m,
    does: 'fetches a page',
    always: true,
  },
  'mtr-tiny': {
    ask: `test ! -u /usr/bin/mtr-packet && su -s /bin/sh nobody -c 'mtr --report --report-cycles 1 127.0.0.1'`,
    answer: /localhost.* 0[.]0%/,
    does: 'sends raw packets for nobody, by a capability of its file',
    always: true,
  },
  wget: {ask: `${PAGE}wget -q -O - ${URL}`, answer: /^a page$/m, does: 'fetches a page'},
  git: {
    ask: `cd /tmp && rm -rf g && git init -q g && cd g && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first && git log --format=%s`,
    answer: /^first$/m,
    does: 'commits',
    always: true,
  },
  'openssh-server': {
    services: {
      sshd: {
        run: shell('ssh-keygen -A && exec /usr/sbin/sshd -D -p 2222 -o UsePAM=no'),
        confined: false,
      },
    },
    ask: 'ssh-keyscan -p 2222 127.0.0.1 2>/dev/null',
    answer: /ssh-ed25519/,
    does: 'offers its key on a port of its own',
    always: true,
  },
  'nginx-light': {
    services: {web: {unit: 'nginx.service'}},
    ask: 'wget -q -O - http://127.0.0.1/',
    answer: /Welcome to nginx/,
    does: 'serves its page, as its unit says',
    always: true,
  },
  haproxy: {
    ask: String.raw`printf 'defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend f\n bind 127.0.0.1:8081\n http-request return status 200 content-type text/plain string proxied\n' >/tmp/h.cfg; pidof haproxy || haproxy -D -f /tmp/h.cfg; wget -q -O - http://127.0.0.1:8081/`,
    answer: /proxied/,
    cpu: 'max', // it is compiled for cmpxchg16b
    does: 'answers over HTTP',
  },
  'redis-server': {
    services: {redis: {unit: 'redis-server.service'}},
    ask: 'redis-cli set a 1; redis-cli get a',
    answer: /^1$/m,
    does: 'keeps a value, as its unit says',
  },
  postgresql: {
    services: {
      db: {
        run: shell(
          'test -d data || /usr/lib/postgresql/17/bin/initdb -D data >/dev/null; exec /usr/lib/postgresql/17/bin/postgres -D data -k /tmp -h 127.0.0.1',
        ),
      },
    },
    ask: `psql -h 127.0.0.1 -U db -d postgres -tc 'select 6*7'`,
    answer: /42/,
    does: 'answers a query; a service makes its first database',
    memoryMib: 512,
  },
  'mariadb-server': {
    services: {
      db: {
        run: shell(
          'test -d data/mysql || mariadb-install-db --datadir=/var/lib/db/data --auth-root-authentication-method=normal >/dev/null; exec mariadbd --datadir=/var/lib/db/data --socket=/tmp/s --pid-file=/tmp/pid --bind-address=127.0.0.1',
        ),
      },
    },
    ask: `mariadb -h 127.0.0.1 -u root -Ne 'select 6*7'`,
    answer: /42/,
    does: 'answers a query; a service makes its first database',
    memoryMib: 768,
  },
  memcached: {
    services: {cache: {run: 'memcached -l 127.0.0.1'}},
    ask: String.raw`printf 'version\r\nquit\r\n' | nc 127.0.0.1 11211`,
    answer: /VERSION/,
    does: 'says its version on its port',
  },
  mosquitto: {
    with: ['mosquitto-clients'],
    services: {broker: {unit: 'mosquitto.service'}},
    ask: 'mosquitto_pub -t a -m kept -r; mosquitto_sub -t a -C 1 -W 5',
    answer: /kept/,
    does: 'hands a message on, as its unit says',
  },
  dnsmasq: {
    services: {
      names: {
        run: 'dnsmasq -k --no-resolv --listen-address=127.0.0.1 --bind-interfaces --host-record=a.lan,10.9.8.7',
        confined: false,
      },
    },
    ask: 'nslookup a.lan 127.0.0.1',
    answer: /10\.9\.8\.7/,
    does: 'resolves a name',
  },
  unbound: {
    services: {
      names: {
        run: shell(
          String.raw`printf 'server:\n interface: 127.0.0.1\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n local-data: \"a.lan A 10.9.8.7\"\n' >/tmp/u; exec unbound -d -c /tmp/u`,
        ),
        confined: false,
      },
    },
    ask: 'nslookup a.lan 127.0.0.1',
    answer: /10\.9\.8\.7/,
    does: 'resolves a name',
  },
  chrony: {
    services: {clock: {run: 'chronyd -x -d', confined: false}},
    ask: 'chronyc -n tracking',
    answer: /Reference ID/,
    does: 'says how its clock is',
  },
  'wireguard-tools': {
    ask: 'wg genkey | wg pubkey | wc -c',
    answer: /^45$/m,
    does: 'makes a pair of keys',
  },
  iproute2: {
    ask: 'ip -j addr show lo',
    answer: /"ifname":"lo"/,
    does: 'lists an interface as JSON',
    always: true,
  },
  nftables: {
    more: {modules: {usr: ['nf_tables']}},
    ask: 'modprobe nf_tables; nft add table inet t; nft list tables',
    answer: /table inet t/,
    does: 'adds a table',
  },
  iperf3: {
    ask: 'iperf3 -s -1 -D; iperf3 -c 127.0.0.1 -t 1',
    answer: /receiver/,
    does: 'measures the loopback',
  },
  tcpdump: {
    ask: '(ping -c 5 127.0.0.1 >/dev/null &); tcpdump -n -i lo -c 1 icmp',
    answer: /ICMP echo/,
    does: 'sees a ping',
    always: true,
  },
  python3: {
    ask: `python3 -c 'import json, sqlite3, ssl; print(json.dumps(ssl.OPENSSL_VERSION))'`,
    answer: /"OpenSSL/,
    does: 'has json, sqlite3 and ssl',
  },
  perl: {ask: `perl -MJSON::PP -e 'print encode_json([1])'`, answer: /\[1\]/, does: 'has its modules'},
  nodejs: {ask: `node -p '[1,2].map((n) => n * 21)[1]'`, answer: /42/, does: 'runs a line', memoryMib: 384},
  'a static program of Go': {
    packages: [],
    overlay: goHello,
    ask: 'hello',
    answer: /hello from Go/,
    does: 'runs, from an overlay',
  },
  podman: {
    ask: `podman info --format '{{.Host.OCIRuntime.Name}} {{.Store.GraphDriverName}}'`,
    answer: /crun|runc/,
    does: 'says what it runs containers with',
    memoryMib: 512,
  },
  crun: {
    ask: String.raw`rm -rf /tmp/c; mkdir -p /tmp/c/rootfs/usr && cd /tmp/c && for l in bin sbin lib lib64; do ln -s usr/$l rootfs/$l; done; mount --bind /usr rootfs/usr; crun spec; sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"echo", "from inside"/' config.json; crun run x; umount rootfs/usr`,
    answer: /from inside/,
    does: 'runs a container of /usr',
  },
  containerd: {
    services: {containerd: {unit: 'containerd.service', without: ['Delegate', 'KillMode']}},
    ask: String.raw`rm -rf /tmp/c; mkdir -p /tmp/c/usr /tmp/c/proc /tmp/c/dev /tmp/c/sys && for l in bin sbin lib lib64; do ln -s usr/$l /tmp/c/$l; done; mount --bind /usr /tmp/c/usr; ctr run --rm --rootfs /tmp/c x /bin/echo from inside; umount /tmp/c/usr`,
    answer: /from inside/,
    does: 'runs a container of /usr',
    memoryMib: 512,
  },
  'qemu-guest-agent': {
    with: ['socat'],
    services: {agent: {run: 'qemu-ga -m unix-listen -p /run/qga.sock', confined: false}},
    ask: `echo '{"execute": "guest-ping"}' | socat -t 2 - UNIX-CONNECT:/run/qga.sock`,
    answer: /\{"return": \{\}\}/,
    does: 'answers a ping on a socket',
  },
  // Outside of VMware's machines its daemon ends at once, whatever it is asked.
  'open-vm-tools': {
    ask: 'vmware-checkvm',
    answer: /must be run inside a virtual machine on a VMware/,
    does: "sees that the machine is not one of VMware's",
  },
  'prometheus-node-exporter': {
    services: {metrics: {unit: 'prometheus-node-exporter.service'}},
    ask: 'wget -q -O - http://127.0.0.1:9100/metrics',
    answer: /node_memory_MemTotal_bytes/,
    does: 'tells metrics, as its unit says',
  },
  rsyslog: {
    services: {log: {run: 'rsyslogd -n', confined: false}},
    ask: 'logger -t test a line for rsyslog; cat /var/log/syslog',
    answer: /a line for rsyslog/,
    does: 'writes a line',
  },
  'vim-tiny': {
    ask: 'vim.tiny --version',
    answer: /VIM - Vi IMproved/,
    does: 'says its version',
    always: true,
  },
  'python3-minimal': {
    with: ['ca-certificates'],
    ask: `python3 -v -c 'import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 100)' 2>&1 | grep -E '^True|/ssl.*[.]pyc matches'`,
    answer: /pyc matches[^]*True/,
    does: 'finds the certificates, and has its modules compiled',
    always: true,
  },
  vim: {
    ask: `rm -f /tmp/v; vim -es -u NONE -c 'normal ihi' -c 'wq! /tmp/v'; cat /tmp/v`,
    answer: /^hi$/m,
    does: 'writes a file',
  },
  jq: {ask: `echo '{"a": [1]}' | jq -c .a`, answer: /^\[1\]$/m, does: 'takes JSON apart', always: true},
};
