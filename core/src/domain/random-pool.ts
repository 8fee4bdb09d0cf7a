/** Random bytes drawn many at a time: each mail needs several tokens, and a draw costs the same for sixteen bytes as for thousands. */
import type { RandomBytes } from './token.ts'

const POOL_BYTES = 4_096

/** No byte is given out twice, and none stays in memory once it has been. Wants as large as the pool are drawn by themselves. */
export function pooled(draw: RandomBytes, poolBytes = POOL_BYTES): RandomBytes {
  let pool = new Uint8Array(0)
  let next = 0
  return (length) => {
    if (length >= poolBytes) return draw(length)
    if (next + length > pool.length) {
      pool = Uint8Array.from(draw(poolBytes))
      next = 0
    }
    const given = pool.slice(next, next + length)
    pool.fill(0, next, next + length)
    next += length
    return given
  }
}
