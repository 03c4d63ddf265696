/** A step of a how-to: a file that is written, a command, what the command before it prints, or what the console says. */
export interface Step {
  readonly kind: 'file' | 'command' | 'output' | 'console';
  /** Of a file. */
  readonly path: string;
  readonly text: string;
}

/**
 * The steps of a page of docs, in their order: a fenced block after a paragraph that begins with `PATH` is that file, one marked `console` is what the
 * console says, any other one is what the command before it prints; each indented line is a command.
 */
export function howtoSteps(page: string): Step[] {
  const blocks = page.matchAll(/(?:^`([^`]+)`[^\n]*:\n\n)?^```(\w*)\n([^]*?)^```$|^ {4}(.+)$/gm);
  return [...blocks].map(([, path = '', mark = '', text = '', command]) => {
    if (command !== undefined) return {kind: 'command', path: '', text: command};
    if (path !== '') return {kind: 'file', path, text};
    return {kind: mark === 'console' ? 'console' : 'output', path: '', text};
  });
}

/** What fits lines of a how-to, one after the other with anything between them: versions are of another day. */
export function outputPattern(text: string): RegExp {
  const lines = text.trim().split('\n');
  const patterns = lines.map((line) =>
    line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\d+\\\.(\d+\\\.\d+)/g, '\\d+\\.$1'),
  );
  return new RegExp(patterns.map((pattern) => `^${pattern}\\r?$`).join('[^]*'), 'm');
}
