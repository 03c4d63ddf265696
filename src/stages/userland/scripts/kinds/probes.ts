import type {Commands} from '../kinds.ts';

const nothing = (): number => 0;
const no = (): number => 1;

/**
 * Programs of packages that scripts ask how they are set up, before anything is: they have nothing to say. Host keys of sshd are
 * not made in an image: every guest would have the same.
 */
export const PROBES: Commands = {
  chronyd: (call) => (call.args.join(' ') === '-p' ? nothing() : call.unknown()),
  sshd: (call) => (call.args.join(' ') === '-G' ? nothing() : call.unknown()),
  getcap: nothing,
  'aa-enabled': no,
  ischroot: nothing,
  mountpoint: no,
};
