import {architectureNames} from '../core/architecture.ts';
import {
  FORMAT_NAMES,
  formatArchitectures,
  imageFormatOf,
  type FormatName,
} from '../stages/format/image-formats.ts';

/** docs/formats.md: a row for each format. */
export function formatsDocument(): string {
  return `# Formats

\`leanos build --format NAME,NAME\` makes an image in these formats, \`--format all\` in all that its architecture can have; \`formats:\` in a
definition says which ones it has without that. Files are named \`leanos-VERSION-IMAGE-ARCH-\` and what follows here. This page is made from
the table itself (\`src/stages/format/image-formats.ts\`).

| format | files | taken by | architectures |
| --- | --- | --- | --- |
${FORMAT_NAMES.map(row).join('\n')}

## How they are tried

Programs of others open each in the tests, and QEMU starts what can be started. Whoever takes it and is not run there is named, and why
(\`tried\` in its row, which the tests compare with what they do). Neither Debian nor npm has DMTF's schema of OVF: what it asks of
the order of elements, and what they name, is judged by \`test/support/ovf.ts\`. Nor do they have \`sstream-query\` and \`sstream-mirror\`:
lists of simplestreams are read by the clients of Incus and LXD (\`test/tools/streams.test.ts\`).

| format | opened by | QEMU | not run |
| --- | --- | --- | --- |
${FORMAT_NAMES.map(triedRow).join('\n')}
`;
}

function triedRow(name: FormatName): string {
  const {opened, started = [], notRun = {}} = imageFormatOf(name).tried;
  const programs = opened.map((program) => `\`${program}\``).join(', ');
  const others = Object.entries(notRun).map(([taker, why]) => `${taker}: ${why}`);
  return `| \`${name}\` | ${programs} | ${started.join('; ')} | ${others.join('; ')} |`;
}

function row(name: FormatName): string {
  const {files, takenBy} = imageFormatOf(name);
  const arches = formatArchitectures(name);
  const all = arches.length === architectureNames().length;
  const endings = Object.values(files).map((ending) => `\`${ending}\``);
  return `| \`${name}\` | ${endings.join(', ')} | ${takenBy} | ${all ? 'all' : arches.join(', ')} |`;
}
