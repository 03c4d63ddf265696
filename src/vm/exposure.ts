/** A socket that a guest listens on. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly why: string;
}

/** Files and folders that are not 0644 or 0755 and root's: what is secret, what everybody may write to, what is setuid. */
export interface Exposure {
  /** In octal, as stat(1) prints it; `*` where a closed folder above decides. */
  readonly modes: readonly string[];
  /** `root`, or `*` for whom it is made for. */
  readonly owner: 'root' | '*';
  /** `*` is a part of a name, `**` anything. */
  readonly paths: readonly string[];
  readonly why: string;
}

const SSH: Listener = {protocol: 'tcp', port: 22, why: 'ssh, or another port that the image names'};

export const LISTENERS: readonly Listener[] = [
  SSH,
  {protocol: 'udp', port: 68, why: 'DHCP, for as long as an address is renewed'},
];

/** /etc is an overlay, whose parts are there as well. */
const ETC = ['/etc', '/usr/etc', '/var/lib/leanos/etc/upper'];
const inEtc = (path: string): string[] => ETC.map((folder) => `${folder}/${path}`);

export const EXPOSURES: readonly Exposure[] = [
  {
    modes: ['4755'],
    owner: 'root',
    paths: ['/usr/bin/doas'],
    why: 'runs what /etc/doas.conf permits as somebody else',
  },
  {
    modes: ['4755'],
    owner: 'root',
    paths: ['/usr/bin/traceroute', '/usr/bin/traceroute.db'],
    why: 'opens a raw socket, in images that have it',
  },
  {modes: ['1777'], owner: 'root', paths: ['/tmp', '/var/tmp'], why: 'everybody’s'},
  {modes: ['600'], owner: 'root', paths: inEtc('shadow'), why: 'hashes of passwords'},
  {modes: ['400'], owner: 'root', paths: inEtc('doas.conf'), why: 'who may become whom'},
  {modes: ['700'], owner: 'root', paths: inEtc('dropbear'), why: 'host keys'},
  {modes: ['600'], owner: 'root', paths: inEtc('dropbear/*'), why: 'host keys'},
  {
    modes: ['700'],
    owner: 'root',
    paths: ['/run/leanos/datasource', '/run/leanos/search', '/run/leanos/user-data'],
    why: 'instance data, which may have secrets',
  },
  {
    modes: ['*'],
    owner: 'root',
    paths: ['/run/leanos/datasource/**', '/run/leanos/search/**', '/run/leanos/user-data/**'],
    why: 'in a closed folder',
  },
  {modes: ['600'], owner: 'root', paths: ['/run/leanos/notes'], why: 'what was passed over of instance data'},
  {
    modes: ['600'],
    owner: 'root',
    paths: ['/run/leanos/services/*/control'],
    why: 'what a service is told by',
  },
  {
    modes: ['600'],
    owner: 'root',
    paths: ['/var/lib/leanos/keys.*', '/var/lib/leanos/random-seed'],
    why: 'what the datasource brought; random numbers of the next boot',
  },
  {
    modes: ['0', '700'],
    owner: 'root',
    paths: ['/lost+found', '/root', '/var/lib/leanos/etc/work/work'],
    why: 'closed folders',
  },
  {modes: ['*'], owner: 'root', paths: ['/root/**'], why: 'in a closed folder'},
  {
    modes: ['*'],
    owner: 'root',
    paths: ['/run/leanos/esp', '/run/leanos/esp/**'],
    why: 'the ESP, closed while it is mounted',
  },
  {modes: ['750'], owner: '*', paths: ['/home/*'], why: 'homes'},
  {modes: ['*'], owner: '*', paths: ['/home/*/**'], why: 'in a closed folder'},
];

/** Sets `ssh` to what netstat says of ssh: the protocol and the port that the image has it on. */
const SSH_LISTENER = `ssh="$(sed -n 's/^SSH_PORT=/tcp /p' /etc/leanos-init/config 2>/dev/null)"; ssh="\${ssh:-tcp ${SSH.port}}"`;

/** Prints whether ssh listens by IPv4, and whether by IPv6: a 1 or a 0 for each. */
export const SSH_FAMILIES = `${SSH_LISTENER}
netstat -lntu | awk -v ssh="$ssh" '{ n = split($4, part, ":"); if ($1 " " part[n] == ssh) seen[n > 2] }
  END { print (0 in seen) " " (1 in seen) }'`;

/** Prints who listens, and is in no table and none of the ports of services; and when ssh was not seen, for then nothing was. */
export function unknownListeners(ports: readonly number[] = []): string {
  const listed = [
    ...LISTENERS.filter((listener) => listener !== SSH).map(({protocol, port}) => `${protocol} ${port}`),
    ...ports.map((port) => `(tcp|udp) ${port}`),
  ];
  return `${SSH_LISTENER}
netstat -lntu | awk -v ssh="$ssh" -v listed='^${oneOf(listed)}$' '
  NR > 2 { n = split($4, part, ":"); who = $1 " " part[n]; if (who == ssh) seen = 1; else if (who !~ listed) print who }
  END { if (!seen) print "netstat saw no ssh" }'`;
}

/** Files that any guest has, at least: fewer were not looked at. */
const FEWEST_FILES = 100;

/**
 * Sets `own` to what services and packages have. A service's folders, and what is in them, are its own, and nothing there is setuid; files of a
 * template have its mode: the guest's own rows say so, with what leanos has read of units. What a package brings of /var is there as the package has
 * it, and what its account makes there is for nobody else to write to.
 */
const OWN = `own=
[ ! -f "$ROOT/usr/lib/leanos/services.sh" ] || {
  . "$ROOT/usr/lib/leanos/services.sh"
  for row in "$SERVICES"/*; do
    load_service "\${row##*/}" 2>/dev/null || continue
    who=\${OWNER:-$RUN_AS}
    for folder in $FOLDER $FOLDERS $WRITES; do own="$own|[0-7][0-7][0-7] (root|$who):[^ ]+ \${folder%%:*}(/.*)?"; done
    for file in $(find "$row.files" -type f 2>/dev/null); do
      path=\${file#"$row.files"}
      own="$own|$(stat -c %a "$file") (root|$who):[^ ]+ (.*/leanos-init/services/$name.files)?(/var/lib/leanos/etc/upper)?(\${path}|\${path#/etc})"
    done
  done
}
kept=$ROOT/usr/lib/leanos/factory
unusual=$(sudo find "$kept" ! -type l -exec stat -c '%a %U:%G %n' '{}' + 2>/dev/null | awk '!/^(644|755|444|555) root:root /')
while read -r mode who path; do
  [ -n "$path" ] || continue
  own="$own|$mode $who (/usr/lib/leanos/factory)?\${path#"$kept"}"
  case $who in root:*) ;; *) own="$own|[0-7][0-7][0145] \${who%%:*}:[^ ]+ /(run|srv|var)/.*" ;; esac
done <<END
$unusual
END`;

/**
 * Prints what is neither root's with 0755 or less for everybody, nor as the table says, nor a service's or a package's, nor one of
 * the programs that may be `setuid`; and when few files were seen.
 */
export function unknownExposures(setuid: readonly string[] = []): string {
  const may = setuid.map((path) => `[246][0-7][0145][0145] root:[^ ]+ ${expression(path)}`);
  const listed = [...EXPOSURES.map(lineOf), ...may].join('|');
  return `${OWN}
sudo find / '(' -path /proc -o -path /sys -o -path /dev ')' -prune -o ! -type l -exec stat -c '%a %U:%G %n' '{}' + 2>/dev/null |
  awk -v listed='^(${listed}'"$own"')$' -v known='^${oneOf(EXPOSURES.flatMap(({paths}) => paths.map(expression)))}$' '
    $0 !~ listed && (!/^[0-7][0145][0145] root:root / || $3 ~ known)
    END { if (NR < ${FEWEST_FILES}) print "find saw " NR " files" }'`;
}

/** What stat prints of it, as an extended regular expression. */
function lineOf({modes, owner, paths}: Exposure): string {
  const mode = oneOf(modes.map((word) => (word === '*' ? '[0-7]+' : word)));
  const owners = owner === '*' ? '[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*' : `${owner}:${owner}`;
  return `${mode} ${owners} ${oneOf(paths.map(expression))}`;
}

/** Without a backslash, of which grep and awk have two opinions. */
function expression(path: string): string {
  return path.replaceAll(/\*\*|[*.+]/g, (sign) => ({'**': '.*', '*': '[^/]*'})[sign] ?? `[${sign}]`);
}

function oneOf(alternatives: readonly string[]): string {
  return `(${alternatives.join('|')})`;
}

/** The tables as people read them, in Markdown. */
export function formatExposures(): string {
  const listeners = LISTENERS.map(
    ({protocol, port, why}) => `| ${protocol.toUpperCase()} ${port} | ${why} |\n`,
  );
  const exposures = EXPOSURES.map(
    ({modes, owner, paths, why}) =>
      `| ${modes.map((mode) => (mode === '*' ? 'any' : mode.padStart(4, '0'))).join(', ')} | ${owner === '*' ? 'its user' : owner} | ${paths.map((path) => `\`${path}\``).join(', ')} | ${why} |\n`,
  );
  return [
    '| listens | for |\n| --- | --- |\n',
    ...listeners,
    '\n| mode | owner | path | what it is |\n| --- | --- | --- | --- |\n',
    ...exposures,
  ].join('');
}
