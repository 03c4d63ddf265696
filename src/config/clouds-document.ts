import {imageFormatOf, type FormatName} from '../stages/format/image-formats.ts';
import {CLOUDS, type Cloud} from './clouds.ts';

/** docs/clouds.md: what to use where, a row and a paragraph for each cloud. */
export function cloudsDocument(): string {
  return `# Clouds

An image is there for a cloud when three things are: a file that the cloud takes (\`--format\`, [formats](formats.md)), drivers for what its
hypervisor shows (\`hardware:\` in a definition, [hardware](hardware.md)), and instance data that lets somebody in
([datasources](guest.md#datasources)). This page is made from the table itself (\`src/config/clouds.ts\`).

The tests hand each format to its client, boot each row of hardware in QEMU, and boot each datasource, but that of Incus and LXD,
against a mock of its service. No account of a cloud takes part in them: the commands below were not run, and the page that is named with them is what counts.

| cloud | formats | datasource | hardware |
| --- | --- | --- | --- |
${CLOUDS.map(row).join('\n')}

## How to bring the image up

The first line makes the image, and says which files of it the others mean: FILE is the first of them. SEED is a folder with \`user-data\`
and \`meta-data\`; other words in capitals are what the cloud told you.

${CLOUDS.map(section).join('\n')}`;
}

function row({name, formats, datasources, hardware}: Cloud): string {
  const cells = [formats, datasources, hardware].map((words) =>
    words.map((word) => `\`${word}\``).join(', '),
  );
  return `| [${name}](#${anchor(name)}) | ${cells.join(' | ')} |`;
}

function section({name, formats, commands, note, source}: Cloud): string {
  const lines = [...formats.slice(0, 1).map(buildLine), ...commands];
  return `### ${name}\n\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n\n${note === undefined ? '' : `${note}\n\n`}Source: <${source}>\n`;
}

/** What makes the files of a format, with how their names end. */
function buildLine(format: FormatName): string {
  const files = Object.values(imageFormatOf(format).files).map((ending) => `…-${ending}`);
  return `leanos build --format ${format}   # ${files.join(', ')}`;
}

/** The anchor that Markdown viewers give a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
