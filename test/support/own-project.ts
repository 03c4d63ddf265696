import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {processEnvironment} from '../../src/build/environment.ts';
import {readyImage, type ReadyImage} from '../../src/build/ready-image.ts';
import {workspace} from '../../src/build/workspace.ts';
import {temporary} from './temporary.ts';

/** The image of somebody's own project, for x86_64, built: its definition, and what writes into the project the files that this names. */
export async function readyOwn(
  definition: string,
  writeFiles: (folder: string) => void,
  buildroot?: string,
): Promise<ReadyImage> {
  const project = temporary();
  mkdirSync(join(project, 'images'));
  writeFiles(project);
  writeFileSync(join(project, 'images/own.yaml'), definition);
  return readyImage(
    {channel: 'alpha', image: 'own', arch: 'x86_64', out: join(project, 'out'), buildroot, locked: false},
    {...processEnvironment(), workspace: workspace(process.env, project)},
  );
}
