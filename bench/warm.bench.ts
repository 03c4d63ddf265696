// How long from a call of boot to the end of an ssh command: a machine that boots, and one that was kept when it had come up.
// npm run bench -- warm [--rounds 5]
import {boot, build, type BootOptions, type Image} from '../src/index.ts';
import {context, median, numberArgument, printTable, seconds} from './lab.ts';

const GOAL = 1 / 5;
const rounds = numberArgument('--rounds', 5);
const seed = {hostname: 'bench'};

function commandSeconds(image: Image, from: NonNullable<BootOptions['from']>): Promise<number> {
  return seconds(async () => {
    await using machine = await boot(image, {from, seed});
    await machine.exec('true');
  });
}

const image = await build('test', {out: 'out'});
context.say('keeping a machine');
await commandSeconds(image, 'warm');
const took: Record<'boot' | 'warm', number[]> = {boot: [], warm: []};
for (let round = 0; round < rounds; round += 1) {
  took.boot.push(await commandSeconds(image, 'boot'));
  took.warm.push(await commandSeconds(image, 'warm'));
}
const [booted, restored] = [median(took.boot), median(took.warm)];
const ratio = restored / booted;
printTable(
  [`${rounds} rounds, medians`, 'boot', 'warm', 'ratio', 'goal'],
  [['ssh command', `${booted.toFixed(2)} s`, `${restored.toFixed(2)} s`, ratio.toFixed(2), `≤ ${GOAL}`]],
);
