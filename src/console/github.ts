/** Something that GitHub shows beside a job, and in a change where it names a place. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Whether a job of GitHub Actions runs this (docs.github.com, "Default environment variables"). */
export function isGithubJob(environment: NodeJS.ProcessEnv): boolean {
  return environment['GITHUB_ACTIONS'] === 'true';
}

/** The workflow command that makes an annotation (docs.github.com, "Workflow commands for GitHub Actions"): one line. */
export function annotationLine({level, title, message, file, line, column}: Annotation): string {
  const places = {file, line, col: column, title};
  const words = Object.entries(places).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  return `::${level} ${words.join(',')}::${escapeData(message)}`;
}

/** An error as annotations: one for each `FILE:LINE:COLUMN:` that its message has, else one for all of it. */
export function errorAnnotations(message: string): Annotation[] {
  const places = [...message.matchAll(/^\s*([^\s:]+):(\d+):(\d+): (.*)$/gm)];
  if (places.length === 0) return [{level: 'error', title: 'leanos', message}];
  return places.map(([, file = '', line = '', column = '', text = '']) => ({
    level: 'error',
    title: 'leanos',
    message: text,
    file,
    line: Number(line),
    column: Number(column),
  }));
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
