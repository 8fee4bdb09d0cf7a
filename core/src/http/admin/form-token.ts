/** The token in every form, which another site cannot know: made from the visitor's cookie, in another disguise each time. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from '../../domain/token.ts'

export const FORM_TOKEN_FIELD = 'form_token'

const BYTES = 32

/** The disguise keeps compression from giving the token away byte by byte (BREACH). */
export function makeFormToken(secret: string, randomBytes: RandomBytes): string {
  const mask = Buffer.from(randomBytes(BYTES))
  return Buffer.concat([mask, xor(mask, bare(secret))]).toString('base64url')
}

export function isFormToken(secret: string, token: string): boolean {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 2 * BYTES) return false
  return timingSafeEqual(xor(bytes.subarray(0, BYTES), bytes.subarray(BYTES)), bare(secret))
}

const bare = (secret: string): Buffer => createHmac('sha256', secret).update('form token').digest()

const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)))
