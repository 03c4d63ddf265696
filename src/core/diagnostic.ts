import {LeanosError} from './error.ts';

/** One thing that is wrong in a file. Lines and columns count from 1; columns count characters. */
export interface Diagnostic {
  /** As the user would name it, such as `images/cloud.yaml`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document: `usr.compression`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** `images/cloud.yaml:5:3: usr.compresion: unknown key; did you mean "compression"?` */
export function formatDiagnostic({file, line, column, path, message}: Diagnostic): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** All that is wrong as one error, in the order of the file. */
export function configError(diagnostics: readonly Diagnostic[], hint?: string): LeanosError {
  const sorted = [...diagnostics].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
  return new LeanosError('CONFIG_INVALID', sorted.map(formatDiagnostic).join('\n'), {hint});
}
