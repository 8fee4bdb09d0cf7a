/** Public tokens, in the alphabets and lengths that Postal's clients know. */

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

export type RandomBytes = (length: number) => Uint8Array

/** Draws without bias: bytes at or above the largest multiple of the alphabet's length are thrown away. */
function draw(alphabet: string, length: number, randomBytes: RandomBytes): string {
  const fair = 256 - (256 % alphabet.length)
  let out = ''
  while (out.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < fair && out.length < length) out += alphabet.charAt(byte % alphabet.length)
    }
  }
  return out
}

/** 16 alphanumerics: a message or a link in `X-Postal-MsgID`, return paths, the API and webhooks. */
export const messageToken = (randomBytes: RandomBytes): string => draw(ALPHANUMERIC, 16, randomBytes)
/** 24 alphanumerics: the key of an SMTP or API credential, about 143 bits. */
export const credentialKey = (randomBytes: RandomBytes): string => draw(ALPHANUMERIC, 24, randomBytes)
/** 6 small letters: a mail server in return paths. */
export const mailServerToken = (randomBytes: RandomBytes): string => draw(LETTERS, 6, randomBytes)
/** 8 alphanumerics between letters: a route in forwarding addresses. */
export const routeToken = (randomBytes: RandomBytes): string =>
  draw(LETTERS, 1, randomBytes) + draw(ALPHANUMERIC, 6, randomBytes) + draw(LETTERS, 1, randomBytes)
/** 32 alphanumerics: the proof that a domain is its owner's. */
export const verificationToken = (randomBytes: RandomBytes): string => draw(ALPHANUMERIC, 32, randomBytes)
/** 6 letters that tell one DKIM selector from another. */
export const selectorToken = (randomBytes: RandomBytes): string => draw(LETTERS, 6, randomBytes)
/** 8 capital alphanumerics that tie log lines of one connection or attempt together. */
export const traceToken = (randomBytes: RandomBytes): string => draw('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 8, randomBytes)
