/** Steps of the demonstration: each is timed, shown as it happens, and kept for the summary. */

export type Step = { readonly name: string; readonly ok: boolean; readonly detail: string; readonly ms: number }

export type Steps = {
  readonly done: readonly Step[]
  /** Runs one step; `look` returns what was seen. After a failure the steps that need its result are not run. */
  readonly step: <T>(name: string, look: () => Promise<readonly [detail: string, value: T]>) => Promise<T>
}

/** A step failed; it is in `done` already. */
export class StepFailed extends Error {}

export function createSteps(show: (step: Step) => void, nowMs: () => number): Steps {
  const done: Step[] = []
  const finish = (step: Step): void => {
    done.push(step)
    show(step)
  }
  return {
    done,
    step: async (name, look) => {
      const start = nowMs()
      const ms = (): number => Math.round(nowMs() - start)
      try {
        const [detail, value] = await look()
        finish({ name, ok: true, detail, ms: ms() })
        return value
      } catch (cause) {
        finish({ name, ok: false, detail: reason(cause), ms: ms() })
        throw new StepFailed(name, { cause })
      }
    },
  }
}

function reason(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  return fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message
}
