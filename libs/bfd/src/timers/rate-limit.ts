/** One packet out of turn for each refill, and a few at once. RFC 5880 §6.8.7 has us announce no less: fastestMicros is far above it. */
export const refillMicros = 10_000
const burst = 5

/** Tokens for packets outside the periodic ones: changes of state, and Finals. */
export type SendAllowance = { readonly packets: number; readonly atMicros: number }

export const fullAllowance = (atMicros: number): SendAllowance => ({ packets: burst, atMicros })

/**
 * The budget after one more packet; undefined when it must wait. On a network that doubles packets two ends without a limit answer
 * each other's changes of state ever more often: a loop in a switch would become a storm.
 */
export function spend(allowance: SendAllowance, nowMicros: number): SendAllowance | undefined {
  const earned = Math.floor(Math.max(0, nowMicros - allowance.atMicros) / refillMicros)
  const packets = Math.min(burst, allowance.packets + earned)
  if (packets === 0) return undefined
  return { packets: packets - 1, atMicros: packets === burst ? nowMicros : allowance.atMicros + earned * refillMicros }
}
