import {get} from 'node:http';
import {setTimeout as wait} from 'node:timers/promises';
import type {Machine} from '../src/vm/machine.ts';

/** Asks for a page until it comes, the machine ends, or it is too late: `untilMs` is a time of performance.now(). */
export async function answers(machine: Machine, port: number, untilMs: number): Promise<boolean> {
  while (performance.now() < untilMs && !machine.over.aborted) {
    if (await answersNow(port)) return true;
    await wait(20);
  }
  return false;
}

/** Whether a page comes; QEMU takes a connection before the guest does, so that one without an answer is given up. */
function answersNow(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({host: '127.0.0.1', port, timeout: 1000}, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
