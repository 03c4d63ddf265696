import {expect, test} from 'vitest';
import {imageSchema} from '../../src/config/image.ts';
import {withDefaults} from '../../src/config/image-defaults.ts';
import {definedServices, serviceFiles} from '../../src/recipes/services.ts';

function rows(services: object): string {
  const image = withDefaults('mine', imageSchema.parse({services}));
  return serviceFiles(definedServices(image.services))
    .map(({path, content}) => `${path}\n${content}`)
    .join('');
}

test('a service of a definition becomes a row that the guest reads', () => {
  expect(
    rows({
      web: {
        run: "nginx -g 'daemon off;'",
        user: 'www-data',
        after: ['network'],
        health: "wget -q http://localhost/it's",
        memory: '64MiB',
        tasks: 8,
        cpu: '150%',
        capabilities: ['setuid', 'setgid'],
        writes: ['/var/log/nginx', '/run/nginx'],
        console: true,
        environment: {LANG: 'C'},
      },
    }),
  ).toBe(
    [
      'etc/leanos-init/services/web',
      '# A service. What this machine says instead is in a file of the same name with .local at its end.',
      String.raw`COMMAND=''\''/usr/bin/nginx'\'' '\''-g'\'' '\''daemon off;'\'''`,
      String.raw`ENVIRONMENT=''\''LANG=C'\'''`,
      "RUN_AS='www-data'",
      "AFTER='network'",
      "CONSOLE='/dev/console'",
      "CAPABILITIES='7 6'",
      "CONFINE='1'",
      String.raw`HEALTH='wget -q http://localhost/it'\''s'`,
      "MEMORY='67108864'",
      "WRITES='/var/log/nginx /run/nginx'",
      "TASKS='8'",
      "CPU='150000 100000'",
      '',
    ].join('\n'),
  );
});

test('one that is short runs confined as a user of its own name, and is always started again', () => {
  const text = rows({job: {run: '/srv/job now'}, once: {run: 'job', restart: 'on-failure', confined: false}});
  expect(text).toContain("RUN_AS='job'\nCAPABILITIES='10'\nCONFINE='1'\n");
  expect(text).toContain("RUN_AS='root'\nEND='true'\nCAPABILITIES='10'\nCONFINE='0'\n");
});

test.each<[object, RegExp]>([
  [{run: "say 'x"}, /a quote is not closed/],
  [{run: 'x', writes: ['relative']}, /an absolute path is needed/],
  [{run: 'x', memory: 'much'}, /a size is needed/],
  [{run: 'x', cpu: 'half'}, /a share of one processor is needed/],
])('%j is refused', (service, message) => {
  expect(() => imageSchema.parse({services: {web: service}})).toThrow(message);
});

test('payload is no name for a service', () => {
  expect(() => imageSchema.parse({services: {payload: {run: 'x'}}})).toThrow(/payload is the name of/);
});

test.each<[object, string]>([
  [{every: '5m'}, 'every 300'],
  [{at: '03:00'}, 'at 0300'],
  [{at: ['03:00', '15:30']}, 'at 0300 1530'],
])('a timer %j', (timer, text) => {
  expect(rows({job: {run: 'job', ...timer}})).toContain(`TIMER='${text}'\n`);
});

test('templates lie beside the row, of a service with a unit too', () => {
  const image = withDefaults('mine', imageSchema.parse({services: {web: {unit: 'nginx.service'}}}));
  const services = image.services.map((each) => ({
    ...each,
    files: [{path: '/etc/nginx/site.conf', template: 't', mode: 0o640, text: '{{ hostname }}'}],
  }));
  expect(serviceFiles(definedServices(services))).toEqual([
    {
      path: 'etc/leanos-init/services/web.files/etc/nginx/site.conf',
      content: '{{ hostname }}',
      mode: 0o640,
    },
  ]);
});
