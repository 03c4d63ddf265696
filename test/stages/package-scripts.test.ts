import {describe, expect, test} from 'vitest';
import {fileCapabilities} from '../../src/formats/file-capabilities.ts';
import {mergeTrees} from '../../src/formats/file-tree.ts';
import {takenFiles} from '../../src/stages/userland/ballast.ts';
import {Machine, type ScriptedPackage} from '../../src/stages/userland/scripts/machine.ts';
import {outcomeOf} from '../../src/stages/userland/scripts/outcome.ts';
import {runScripts} from '../../src/stages/userland/scripts/run-scripts.ts';
import {unknownDeeds} from '../../src/stages/userland/scripts/unknown-deeds.ts';
import {scriptedPackage} from '../support/scripted-package.ts';

/** The machine after the postinst of a package that has these files. */
function after(postinst: string, files: Readonly<Record<string, string>> = {}): Machine {
  return runScripts([scriptedPackage('web', {postinst: `#!/bin/sh\nset -e\n${postinst}`}, files)], new Set());
}

function outcome(...packages: readonly ScriptedPackage[]): ReturnType<typeof outcomeOf> {
  const machine = runScripts(packages, new Set());
  expect(machine.unknown).toEqual([]);
  const taken = mergeTrees(...packages.map(({tree}) => takenFiles(tree)));
  return outcomeOf(machine, new Machine(packages).files, taken);
}

describe('deeds of scripts', () => {
  test('accounts have numbers that do not depend on other packages', () => {
    const alone = after('adduser --system --group --quiet --home /var/lib/web --no-create-home web');
    const more = after('addgroup --system other; adduser --system --group --home /var/lib/web web');
    const [one, two] = [alone.accounts.user('web'), more.accounts.user('web')];
    expect(one).toMatchObject({home: '/var/lib/web', shell: '/bin/false'});
    expect(two?.uid).toBe(one?.uid);
    expect(alone.get('/var/lib/web')).toBeUndefined();
    expect(more.get('/var/lib/web')).toMatchObject({type: 'directory', uid: one?.uid});
    expect(alone.accounts.uid('www-data')).toBe(33);
  });

  test('owners and modes, by statoverrides too', () => {
    const machine = after(
      'mkdir -p /var/log/web && chown www-data:adm /var/log/web && chmod 2750 /var/log/web\n' +
        'dpkg-statoverride --list /etc/web.conf || dpkg-statoverride --update --add root www-data 640 /etc/web.conf\n' +
        'chmod u+s /usr/bin/web',
      {'etc/web.conf': 'a', 'usr/bin/web': 'x'},
    );
    expect(machine.get('/var/log/web')).toMatchObject({uid: 33, gid: 4, mode: 0o2750});
    expect(machine.get('/etc/web.conf')).toMatchObject({uid: 0, gid: 33, mode: 0o640});
    expect(machine.get('/bin/web')).toMatchObject({mode: 0o4755});
    expect(machine.unknown).toEqual([]);
  });

  test('a program has capabilities, or is setuid where the kernel does not look for them', () => {
    const postinst = '#!/bin/sh\nsetcap cap_net_raw+p /bin/ping || chmod u+s /bin/ping\n';
    const ping = scriptedPackage('ping', {postinst}, {'usr/bin/ping': 'x'});
    const withThem = runScripts([ping], new Set());
    const without = runScripts([ping], new Set(), {keepsCapabilities: false});
    expect(withThem.unknown).toEqual([]);
    expect(withThem.get('/usr/bin/ping')).toMatchObject({
      capabilities: fileCapabilities('cap_net_raw+p'),
      mode: 0o755,
    });
    expect(without.get('/usr/bin/ping')).toMatchObject({mode: 0o4755});
    expect(without.get('/usr/bin/ping')).not.toHaveProperty('capabilities');
  });

  test('what a script leaves in /tmp is in no image', () => {
    const postinst = '#!/bin/sh\nnew="$(mktemp)"\necho a >"$new"\ncp "$new" /etc/web.conf\n';
    const tree = outcome(scriptedPackage('web', {postinst}, {}));
    expect([...tree.keys()].filter((path) => /^(tmp|etc\/web)/.test(path))).toEqual(['etc/web.conf']);
  });

  test('the alternative of the highest priority has the name', () => {
    const install = (name: string, priority: number) =>
      scriptedPackage(
        name,
        {postinst: `#!/bin/sh\nupdate-alternatives --install /usr/bin/vi vi /usr/bin/${name} ${priority}\n`},
        {[`usr/bin/${name}`]: 'x'},
      );
    const tree = outcome(install('small', 10), install('large', 50), install('tiny', 5));
    expect(tree.get('usr/bin/vi')).toMatchObject({type: 'symlink', target: '/usr/bin/large'});
  });

  test('sysusers.d and tmpfiles.d are done without a script', () => {
    const web = scriptedPackage(
      'web',
      {},
      {
        'usr/lib/sysusers.d/web.conf': 'u web 321 "The web" /var/lib/web\nm web adm\n',
        'usr/lib/tmpfiles.d/web.conf': '# folders\nd /var/lib/web 0750 web web -\nd /run/web - web adm\n',
        'usr/lib/systemd/system/web.service': '[Service]\nUser=web\nLogsDirectory=web\n',
      },
    );
    const tree = outcome(web);
    expect(tree.get('usr/lib/leanos/factory/var/lib/web')).toMatchObject({uid: 321, mode: 0o750});
    expect(tree.get('usr/lib/leanos/factory/run/web')).toMatchObject({uid: 321, gid: 4});
    expect(tree.get('usr/lib/leanos/factory/var/log/web')).toMatchObject({uid: 321});
    expect([...tree.keys()].filter((path) => path.startsWith('usr/lib/tmpfiles.d'))).toEqual([]);
  });

  test('debconf answers with the defaults of templates', () => {
    const packages = scriptedPackage('web', {
      templates: 'Template: web/port\nType: string\nDefault: 8080\nDescription: x\n',
      postinst:
        '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_get web/port\necho "port=$RET" > /etc/web.conf\n',
    });
    expect(outcome(packages).get('etc/web.conf')).toMatchObject({data: Buffer.from('port=8080\n')});
  });

  test('what debhelper adds does nothing at a first installation, or what its program would', () => {
    const machine = after(
      `# Automatically added by dh_installsystemd/13
if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
	deb-systemd-helper unmask 'web.service' >/dev/null || true
	if deb-systemd-helper --quiet was-enabled 'web.service'; then
		deb-systemd-helper enable 'web.service' >/dev/null || true
	fi
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
	fi
fi
# End automatically added section
# Automatically added by dh_installinit/13
if [ -x "/etc/init.d/web" ]; then update-rc.d web defaults >/dev/null; invoke-rc.d web start || exit 1; fi
# End automatically added section
dpkg-maintscript-helper rm_conffile /etc/old 1.0~ -- "$@"
if dpkg --compare-versions "$2" lt-nl 1.0; then unheard-of; fi
if which py3compile >/dev/null 2>&1; then py3compile -p web; fi
ldconfig; ucf /usr/share/web.conf /etc/web.conf`,
      {'usr/share/web.conf': 'a'},
    );
    expect(machine.unknown).toEqual([]);
    expect(machine.read('/etc/web.conf')).toBe('a');
  });

  test('a trigger of another package is done', () => {
    const waiting = scriptedPackage('shells', {
      triggers: 'interest-noawait /usr/share/shells.d\ninterest refresh\n',
      postinst: '#!/bin/sh\n[ "$1" != triggered ] || for name in $2; do echo $name >> /etc/triggered; done\n',
    });
    const other = scriptedPackage(
      'fish',
      {triggers: 'activate-noawait refresh\n'},
      {'usr/share/shells.d/fish': '/usr/bin/fish\n'},
    );
    expect(outcome(waiting, other).get('etc/triggered')).toMatchObject({
      data: Buffer.from('/usr/share/shells.d\nrefresh\n'),
    });
  });
});

describe('a deed that nobody knows', () => {
  test('is told with its package, its file and its line, and with what answers it', () => {
    const {unknown} = after('true\n\nweb-init --now "$1"\n');
    expect(unknown).toEqual([
      {package: 'web', script: 'postinst', line: 5, deed: 'web-init --now configure'},
    ]);
    const error = unknownDeeds(unknown);
    expect(error).toMatchObject({code: 'CONFIG_INVALID'});
    expect(error.message).toContain('web: postinst:5: web-init --now configure');
    expect(error.hint).toContain('scripts: {web: ignore}');
  });

  test.each([
    ['adduser --system --unheard web', 'adduser --system --unheard web'],
    ['chown nobody-there /etc', 'chown nobody-there /etc'],
    ['exit 3', 'ends with status 3'],
    ['while :; do :; done', 'does not end'],
    ['x=a; while :; do x=$x$x; done', 'makes a text without end'],
    ['while :; do echo more; done | cat', 'does not end'],
    ['echo a >/a; while :; do cat /a /a >/b; cat /b >/a; done', 'makes a text without end'],
    ['set -- a; while :; do set -- "$@" "$@"; done', 'has too many words'],
    ['mkdir /d; for x in 1 2 3 4; do ln -s . /d/$x; done; echo /d/*/*/*/*/*/*/*/*/*/*/*', 'does not end'],
    ['echo ". /self" >/self; . /self', 'calls itself for ever'],
    [`echo $((${'('.repeat(100_000)}1))`, ''],
    [String.raw`echo x | grep "\(x\)\1"`, String.raw`grep \(x\)\1`],
    ['if then', 'cannot be read'],
    ['f() { f; }; f', 'calls itself for ever'],
    ['. /usr/share/not-there.sh', '. /usr/share/not-there.sh'],
  ])('%s', (script, deed) => {
    const deeds = new Set(after(script).unknown.map((each) => each.deed));
    expect([...deeds]).toEqual([expect.stringContaining(deed)]);
  });

  test('programs that start each other have one measure of all that they do', () => {
    const calls = (other: string): string => `#!/bin/sh\n/usr/bin/${other}; /usr/bin/${other}\n`;
    const files = Object.fromEntries(
      Array.from({length: 50}, (_, at): [string, string] => [`usr/bin/p${at}`, calls(`p${at + 1}`)]),
    );
    const {unknown} = after('/usr/bin/p0', {...files, 'usr/bin/p50': '#!/bin/sh\n:\n'});
    expect(unknown.map((each) => each.deed)).toContain('does not end');
  });

  test('a script of another language is one', () => {
    const perl = scriptedPackage('web', {postinst: '#!/usr/bin/perl\nprint 1;\n'});
    expect(runScripts([perl], new Set()).unknown).toMatchObject([{deed: 'is a program of /usr/bin/perl'}]);
    expect(runScripts([perl], new Set(['web'])).unknown).toEqual([]);
  });
});

test('a script of sh that a package brings is read too', () => {
  const machine = after('/usr/share/web/setup first', {
    'usr/share/web/setup': '#!/bin/sh\necho "$1" > /etc/done\n',
  });
  expect(machine.read('/etc/done')).toBe('first\n');
});

test('the scripts of the root’s own packages are not followed: an image has what they make', () => {
  const names = ['base-files', 'libc6'];
  const packages = names.map((name) => scriptedPackage(name, {postinst: '#!/bin/sh\nunheard-of deed\n'}, {}));
  expect(runScripts(packages, new Set()).unknown).toEqual([]);
  expect(
    runScripts([scriptedPackage('web', {postinst: '#!/bin/sh\nunheard-of deed\n'}, {})], new Set()).unknown,
  ).toHaveLength(1);
});
