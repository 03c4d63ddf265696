import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';

/** Files whose text is known when an image is planned, by their names. */
export const texts = defineStage<{readonly files: Readonly<Record<string, string>>}, never>({
  name: 'texts',
  revision: 1,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options: {files}, out}) {
    for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
  },
});
