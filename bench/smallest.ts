const LEAST_MIB = 16;
const MOST_MIB = 512;

/** The smallest multiple of a step, in MiB, that works, by halving. */
export async function smallest(
  stepMib: number,
  works: (memoryMib: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [Math.floor(LEAST_MIB / stepMib), MOST_MIB / stepMib];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await works(middle * stepMib)) high = middle;
    else low = middle;
  }
  return high * stepMib;
}
