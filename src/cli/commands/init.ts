import {join} from 'node:path';
import {initProject} from '../../build/init-project.ts';
import {shownPath} from '../../system/shown-path.ts';
import type {Context} from '../context.ts';

/** `leanos init [FOLDER]`: a project of one's own. What is there already is kept, and said. */
export async function initCommand(path: string, context: Context): Promise<void> {
  const {folder, written, kept, lacks} = await initProject(path, context.workspace);
  const shown = (file: string): string => shownPath(join(folder, file));
  for (const file of written) context.print(`written  ${shown(file)}`);
  for (const file of kept) context.print(`kept     ${shown(file)}, which was there`);
  const go = shownPath(folder) === '.' ? '' : `cd ${shownPath(folder)} && `;
  const install = ['npm install', ...(lacks.length === 0 ? [] : ['--save-dev', ...lacks])].join(' ');
  context.print(
    `next     ${go}${install} && npx leanos build && npx leanos run; npx vitest run boots it in a test`,
  );
}
