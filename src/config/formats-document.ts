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
`;
}

function row(name: FormatName): string {
  const {files, takenBy} = imageFormatOf(name);
  const arches = formatArchitectures(name);
  const all = arches.length === architectureNames().length;
  const endings = Object.values(files).map((ending) => `\`${ending}\``);
  return `| \`${name}\` | ${endings.join(', ')} | ${takenBy} | ${all ? 'all' : arches.join(', ')} |`;
}
