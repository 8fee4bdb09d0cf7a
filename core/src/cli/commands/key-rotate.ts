/** `posthaste key rotate` */
import { z } from 'zod'
import { rotateSigningKey, rotateTrackingKey } from '../../manage/keys.ts'
import { command } from '../command.ts'

export const keyRotate = command({
  words: 'key rotate <purpose>',
  about: 'sign from now on with a new key: tracking (links) or signing (webhooks)',
  input: z.object({ purpose: z.enum(['tracking', 'signing']) }),
  run: async ({ open }, { purpose }) => {
    const { manage, keys } = await open()
    await keys()
    const { keyId } = purpose === 'tracking' ? await rotateTrackingKey(manage) : await rotateSigningKey(manage)
    return { json: { purpose, keyId }, lines: [`Key ${keyId} is the ${purpose} key now; former ones still verify.`] }
  },
})
