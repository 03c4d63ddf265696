import type {Account} from './accounts.ts';

/** What `make show-info` says of one package (Buildroot's manual, "Querying package information"). */
export interface BuildrootPackage {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  /** What names it in lists of vulnerabilities (CPE 2.3); absent where Buildroot does not know. */
  readonly cpe?: string;
  /** CVEs that Buildroot says do not concern it, by its patches or its configuration. */
  readonly ignoredCves: readonly string[];
  /** The names of its source files that are downloaded; none where its sources are a folder of this machine. */
  readonly files: readonly string[];
  readonly dependencies: readonly string[];
  readonly dependents: readonly string[];
}

interface ShowInfo {
  readonly type?: string;
  readonly version?: string;
  readonly 'cpe-id'?: string;
  readonly ignore_cves?: readonly string[];
  readonly downloads?: readonly {readonly source?: string; readonly uris?: readonly string[]}[];
  readonly dependencies?: readonly string[];
  readonly reverse_dependencies?: readonly string[];
}

/** What Buildroot calls a package in variables and options: `lua-cjson` is LUA_CJSON. */
export function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[-.]/g, '_');
}

/** The packages of a configuration, by name; those for the build host begin with `host-`. */
export function parseShowInfo(json: string): BuildrootPackage[] {
  const value = JSON.parse(json) as Record<string, ShowInfo>;
  return Object.entries(value)
    .filter(([, {type}]) => type === 'target' || type === 'host')
    .map(([name, info]) => ({
      name,
      type: info.type ?? '',
      version: info.version ?? '',
      ...(info['cpe-id'] === undefined ? {} : {cpe: info['cpe-id']}),
      ignoredCves: info.ignore_cves ?? [],
      files: (info.downloads ?? []).filter(isDownloaded).flatMap(({source}) => source ?? []),
      dependencies: info.dependencies ?? [],
      dependents: info.reverse_dependencies ?? [],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether it comes from elsewhere: Buildroot lists what is in a folder of this machine (`SITE_METHOD = local`) as well. */
function isDownloaded({uris = []}: {readonly uris?: readonly string[]}): boolean {
  return !uris.some((uri) => uri.startsWith('local+'));
}

/** The sha256 of source files by their names, from the lines of Buildroot's .hash files: `sha256  DIGEST  FILE`. */
export function parseHashes(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/^sha256\s+([0-9a-f]{64})\s+(\S+)$/gm)];
  return new Map(found.map(([, digest = '', name = '']) => [name, digest]));
}

/**
 * Seconds by package, from build/build-time.log: `SECONDS.FRACTION:start|end:STEP:PACKAGE`, with spaces around. Buildroot
 * goes on writing it: of a step that was done again the last time counts.
 */
export function parseBuildTimes(log: string): Record<string, number> {
  const started = new Map<string, number>();
  const steps = new Map<string, {name: string; seconds: number}>();
  for (const line of log.split('\n')) {
    const [time = '', mark, step = '', name = ''] = line.split(':').map((part) => part.trim());
    const key = `${name} ${step}`;
    if (mark === 'start') started.set(key, Number(time));
    const start = started.get(key);
    if (mark === 'end' && start !== undefined) steps.set(key, {name, seconds: Number(time) - start});
  }
  const seconds: Record<string, number> = {};
  for (const {name, seconds: more} of steps.values())
    seconds[name] = Number(((seconds[name] ?? 0) + more).toFixed(3));
  return seconds;
}

/** Bytes by package, from the lines `PACKAGE,./PATH` of build/packages-file-list.txt; the last package of a file owns it. */
export function parseFileList(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const comma = line.indexOf(',');
    return comma === -1 ? [] : [[line.slice(comma + 1).replace(/^\.\//, ''), line.slice(0, comma)] as const];
  });
  return new Map(lines);
}

/** The values of the variables that `make show-vars` knows, by their names. */
export function parseShowVars(json: string): Readonly<Record<string, string>> {
  const value = JSON.parse(json) as Record<string, {readonly expanded: string}>;
  return Object.fromEntries(Object.entries(value).map(([name, {expanded}]) => [name, expanded]));
}

/** A line of a permission table (Buildroot's manual, "Makedev syntax documentation"). */
export interface Permission {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly recursive: boolean;
}

/** The modes and owners that packages ask for. Device nodes are left out: devtmpfs makes them. */
export function parsePermissions(table: string): Permission[] {
  return table.split('\n').flatMap((line) => {
    const [path = '', type = '', mode = '', uid = '', gid = ''] = line.trim().split(/\s+/);
    if (!/^[fdr]$/.test(type) || !path.startsWith('/')) return [];
    return [
      {
        path: path.slice(1),
        mode: Number.parseInt(mode, 8),
        uid: Number(uid),
        gid: Number(gid),
        recursive: type === 'r',
      },
    ];
  });
}

/**
 * The accounts that packages ask for, in the order of the table (Buildroot's manual, "Makeusers syntax documentation");
 * passwords are left out.
 */
export function parseUsers(table: string): Account[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [user = '', uid = '', group = '', gid = '', , home = '', shell = '', groups = ''] = fields;
    if (!/^-?\d+$/.test(uid) || !/^-?\d+$/.test(gid)) return [];
    return [
      {
        ...(user === '-' ? {} : {user}),
        ...(Number(uid) < 0 ? {} : {uid: Number(uid)}),
        group,
        ...(Number(gid) < 0 ? {} : {gid: Number(gid)}),
        ...(home === '-' ? {} : {home}),
        ...(shell === '-' ? {} : {shell}),
        groups: groups === '-' ? [] : groups.split(','),
        comment: fields.slice(8).join(' '),
      },
    ];
  });
}

/**
 * What a line of make's output says is at work: `>>> PACKAGE VERSION Step`, in reverse video on a terminal. A folder that is
 * synced from is left out.
 */
export function parseStep(line: string): {readonly name: string; readonly step: string} | undefined {
  const text = line.replaceAll(/\u001b\[[0-9;]*m|\u001b\(B/g, '');
  // Side by side, packages may write into one another's lines.
  const [, name, step] = /(?:^|[^>])>>> (\S+) (?:\S* )?([A-Z].*?)(?: from source dir .*)?$/.exec(text) ?? [];
  return name === undefined || step === undefined ? undefined : {name, step: step.toLowerCase()};
}

/** The package whose step failed, from make's own message. */
export function parseFailedPackage(output: string): string | undefined {
  return /\*\*\* \[[^\]]*\/build\/([^/\]]+)\/\.stamp_/.exec(output)?.[1];
}
