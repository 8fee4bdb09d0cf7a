/** Bounds how many answers that take time are worked on at once, so that one mail server leaves room for others. */
import { AppError } from '../../../domain/errors.ts'

export type AtOnce = <T>(mailServerId: number, work: () => Promise<T>) => Promise<T>

/** @returns a function that throws AppError `service.busy` beyond the bounds */
export function createAtOnce({ ofAllMax, ofOneMax }: { readonly ofAllMax: number; readonly ofOneMax: number }): AtOnce {
  const underWay = new Map<number, number>()
  let all = 0
  const count = (mailServerId: number, more: 1 | -1): void => {
    const own = (underWay.get(mailServerId) ?? 0) + more
    if (own > 0) underWay.set(mailServerId, own)
    else underWay.delete(mailServerId)
    all += more
  }
  return async (mailServerId, work) => {
    if (all >= ofAllMax || (underWay.get(mailServerId) ?? 0) >= ofOneMax)
      throw new AppError('service.busy', 'Too many of these are being asked for at once. Try again in a moment.')
    count(mailServerId, 1)
    try {
      return await work()
    } finally {
      count(mailServerId, -1)
    }
  }
}
