import {definitionNames} from '../config/definition-file.ts';
import {loadChannel, type Channel} from '../config/channel.ts';
import {imagesFolder} from '../config/places.ts';
import {LeanosError} from '../core/error.ts';
import {shownPath} from '../system/shown-path.ts';
import type {Workspace} from './workspace.ts';

/** What a definition is called that every project may have, and that leanos has. */
const USUAL_IMAGE = 'test';
const INIT_HINT = 'leanos init     makes a project here';

/** The image that is meant where none is named: `test`, or the only one. @throws LeanosError USAGE where it is not clear */
export async function defaultImage({project}: Workspace): Promise<string> {
  const names = await definitionNames(imagesFolder(project));
  const [only = USUAL_IMAGE] = names;
  if (names.includes(USUAL_IMAGE)) return USUAL_IMAGE;
  if (names.length === 1) return only;
  throw new LeanosError(
    'USAGE',
    `which image? ${shownPath(imagesFolder(project))}/ has ${names.join(', ')}`,
    {
      hint: `--image ${only}     says it`,
    },
  );
}

/** The folder that releases, locks and channels are written to. @throws LeanosError USAGE where there is no project */
export function ownProject({hasProject, project}: Workspace): string {
  if (hasProject) return project;
  throw new LeanosError(
    'USAGE',
    'this needs a project of your own, and neither this folder nor one above it has images/NAME.yaml',
    {hint: INIT_HINT},
  );
}

/** A channel that may be pointed elsewhere. @throws LeanosError USAGE where the project has none of its own */
export async function ownChannel(workspace: Workspace, name: string): Promise<Channel> {
  const project = ownProject(workspace);
  if (workspace.channels === project) return loadChannel(project, name);
  throw new LeanosError('USAGE', `${shownPath(project)} has no channels/, and releases need them`, {
    hint: INIT_HINT,
  });
}
