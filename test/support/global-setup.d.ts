/**
 * One folder for all that a run leaves for a while: workers are stopped without a word, and could not remove what is
 * theirs.
 */
export default function setup(): () => void;
