const SCRIPT = /^#(!.*\b(sh|awk)\b|\s*shellcheck shell=)/;
const HERE_DOCUMENT = /<<-?\s*(['"]?)(\w+)\1/;

/** Whether a file is a script of the guest, by its name and what it begins with. */
export function isScript(path: string, text: string): boolean {
  return path.endsWith('.awk') || SCRIPT.test(text);
}

/**
 * A script of the shell or of awk without its comments: the guest runs it, and whoever reads it has the checkout. A line that is
 * a comment becomes an empty one, so that a complaint about a line means the same line in both. Here-documents stay as they are.
 */
export function bareScript(text: string): string {
  let end: string | undefined;
  const lines = text.split('\n').map((line, at) => {
    if (end !== undefined) {
      if (line.trim() === end) end = undefined;
      return line;
    }
    if (/^\s*#/.test(line) && !(at === 0 && line.startsWith('#!'))) return '';
    end = HERE_DOCUMENT.exec(line)?.[2];
    return line;
  });
  return lines.join('\n');
}
