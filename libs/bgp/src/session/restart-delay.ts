/** Outcome of earlier attempts. */
export type History = {
  /** Attempts in a row that did not reach Established, or left it again within `settled`. */
  readonly failures: number
  /** Whether the peer, or we, refused by NOTIFICATION: only a person can mend that, so hurry helps nobody. */
  readonly refused: boolean
}

const firstSeconds = 1
const longestSeconds = 15
const longestRefusedSeconds = 60

/**
 * Seconds in Idle before the next attempt (IdleHoldTime of RFC 4271 §8.1.1): 1, 2, 4 … up to 15 when nobody answers, 60 when refused,
 * each up to a quarter shorter so that many speakers do not return in step (§10).
 */
export function restartDelay({ failures, refused }: History, random: () => number): number {
  const longest = refused ? longestRefusedSeconds : longestSeconds
  const seconds = Math.min(longest, firstSeconds * 2 ** Math.max(0, failures - 1))
  return seconds * (1 - random() / 4)
}
