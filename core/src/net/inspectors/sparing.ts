/**
 * Spares a scanner that does not answer, and the mail that would wait for it: after failures in a row it is asked nothing for a
 * while, then about one mail, and about all again as soon as it has answered.
 */
import { afterFailure, type CircuitRule, circuitOf, HEALTHY } from '../../domain/circuit.ts'

/** Short rests: mail may be waiting for it. */
const RULE: CircuitRule = { opensAfter: 10, restFirstMs: 10_000, restMaxMs: 60_000 }

export type SparingOptions<Answer> = {
  /** What is said in its stead. */
  readonly away: Answer
  readonly clock: () => Date
  readonly random: () => number
}

export function sparing<Question, Answer extends { readonly kind: string }>(
  ask: (question: Question) => Promise<Answer>,
  { away, clock, random }: SparingOptions<Answer>,
): (question: Question) => Promise<Answer> {
  let health = HEALTHY
  let probing = false
  const asked = async (question: Question): Promise<Answer> => {
    const answer = await ask(question)
    health = answer.kind === 'unavailable' ? afterFailure(health, { now: clock(), random: random() }, RULE) : HEALTHY
    return answer
  }
  return async (question) => {
    const circuit = circuitOf(health, clock(), RULE)
    if (circuit === 'closed') return asked(question)
    if (circuit === 'open' || probing) return away
    probing = true
    try {
      return await asked(question)
    } finally {
      probing = false
    }
  }
}
