import {expect, test} from 'vitest';
import {addPort, forwardedPorts} from '../../src/cli/forwarded-ports.ts';
import {serviceDefinitions} from '../../src/config/services.ts';

const services = serviceDefinitions({web: {run: 'httpd', ports: [80, 443]}});

test('ports are read one after the other, with or without the one that leads to them', () => {
  expect(addPort('9000', addPort('8080:80'))).toEqual([
    {guest: 80, host: 8080},
    {guest: 9000, host: undefined},
  ]);
});

test.each(['', '0', '65536', '80:', ':80', '0:80', '1:2:3', 'http', '-1', '8080:99999'])(
  '“%s” is no port',
  (word) => {
    expect(() => addPort(word)).toThrow('A port of the guest is needed, such as 80, or 8080:80.');
  },
);

test('each port of a service is led to from a free one, unless it is asked for', async () => {
  const found = await forwardedPorts(services, [{guest: 80, host: 8080}, {guest: 9000}]);
  expect(found.map(({guest, name}) => [guest, name])).toEqual([
    [80, 'web'],
    [9000, undefined],
    [443, 'web'],
  ]);
  expect(found[0]?.host).toBe(8080);
  for (const {host} of found) expect(host).toBeGreaterThan(0);
});
