// node scripts/picture.mjs: draws docs/run.svg, the README's picture, from a real run: what the commands say, and when each came to
// its end. The lines are cut to the width of the picture; of a build that fetches everything the first and the last are shown.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkout} from './setup.mjs';

const COLUMNS = 100;
const LINE_PX = 18;
const CHARACTER_PX = 8.4;
const MARGIN_PX = 16;
const CACHE = mkdtempSync(join(tmpdir(), 'leanos-picture-'));
const ENV = {...process.env, CI: 'true', LEANOS_CACHE: CACHE};

/** Runs leanos; gives what it said line by line, and the seconds. `until` ends the wait while the program goes on. */
function leanos(words, {until} = {}) {
  const startedMs = performance.now();
  const child = spawn(join(checkout, 'leanos'), words, {
    cwd: checkout,
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const done = new Promise((resolve, reject) => {
    const finish = () =>
      resolve({lines: plain(said).split('\n'), seconds: (performance.now() - startedMs) / 1000, child});
    const hear = (chunk) => {
      said += chunk;
      if (until?.test(said)) finish();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? finish() : reject(new Error(`leanos ${words.join(' ')}:\n${said}`)),
    );
  });
  return done;
}

function plain(text) {
  return text
    .replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '')
    .replaceAll('\r', '')
    .trimEnd();
}

try {
  const build = await leanos(['build', '--channel', 'beta']);
  const run = await leanos(['run', '--channel', 'beta'], {until: /=== leanos: current=[^\n]*\n/});
  const ssh = await leanos([
    'ssh',
    '--',
    'grep PRETTY /etc/os-release; uptime; df -h /usr | tail -1; free -m | head -2',
  ]);
  run.child.kill('SIGTERM');
  const console = run.lines.filter((line) => /^(leanos:|info: |=== leanos)/.test(line));
  const text = [
    ['command', '$ leanos build --channel beta'],
    ...build.lines.slice(-5).map((line) => ['said', line]),
    ['command', '$ leanos run --channel beta'],
    ...console.map((line) => ['said', line]),
    [
      'took',
      `# ${run.seconds.toFixed(1)} s from the command to this line, in QEMU without KVM where the host has none`,
    ],
    ['command', '$ leanos ssh      # in another terminal'],
    ...ssh.lines.map((line) => ['said', line]),
  ];
  writeFileSync(join(checkout, 'docs/run.svg'), picture(text));
} finally {
  rmSync(CACHE, {recursive: true, force: true});
}

function picture(lines) {
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * MARGIN_PX);
  const height = lines.length * LINE_PX + 2 * MARGIN_PX;
  const rows = lines.map(
    ([kind, line], index) =>
      `<text class="${kind}" x="${MARGIN_PX}" y="${MARGIN_PX + (index + 0.8) * LINE_PX}">${escaped(line.slice(0, COLUMNS))}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A build, a boot and a login">
<style>
text { font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre; fill: #c9d1d9 }
.command { fill: #ffffff; font-weight: bold }
.took { fill: #7ee787 }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
