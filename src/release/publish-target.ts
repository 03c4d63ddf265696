import {LeanosError} from '../core/error.ts';
import type {Run} from '../system/run.ts';
import {folderTarget} from './folder-target.ts';
import type {PublishTarget} from './publish-files.ts';
import {sshTarget, type SshPlace} from './ssh-target.ts';

/** `ssh://[USER@]HOST[:PORT]/FOLDER` is a folder of another machine; anything else is one of this machine. */
export function publishTarget(place: string, run: Run): PublishTarget {
  if (place !== '' && !/^[a-z+]+:\/\//i.test(place)) return folderTarget(place);
  const found = parseSshPlace(place);
  if (found !== undefined) return sshTarget(found, run);
  throw new LeanosError(
    'USAGE',
    `"${place}" is no place to publish to; a folder or ssh://HOST/FOLDER is needed`,
    {
      hint: 'a web server or an object store serves what was published into a folder',
    },
  );
}

/** Neither user nor host may be taken for an option, and the folder goes through a shell. */
function parseSshPlace(place: string): SshPlace | undefined {
  const match =
    /^ssh:\/\/(?:(?<user>\w[\w.-]*)@)?(?<host>\w[\w.-]*|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?(?<folder>(?:\/[\w@.+-]+)+)\/*$/i.exec(
      place,
    );
  const {user, host, port, folder} = match?.groups ?? {};
  if (host === undefined || folder === undefined || folder.split('/').includes('..')) return undefined;
  return {user, host: host.replace(/^\[|\]$/g, ''), port, folder};
}
