import {expect, test} from 'vitest';
import {z} from 'zod';
import {imageSchema} from '../../src/config/image.ts';

test('images/schema.json, which editors read, says what definitions are checked against (vitest --update writes it)', async () => {
  const schema = {...z.toJSONSchema(imageSchema), title: 'leanos image'};
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../images/schema.json');
});
