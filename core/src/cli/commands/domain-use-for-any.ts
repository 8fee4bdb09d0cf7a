/** `posthaste domain use-for-any` */
import { z } from 'zod'
import { setDomainUseForAny } from '../../manage/domains.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'

export const domainUseForAny = command({
  words: 'domain use-for-any <name>',
  about: 'let mail from any address be sent in the name of this domain',
  options: [...OWNER_OPTIONS, ['--off', 'no longer']],
  input: ownerInput.extend({ name: z.string(), off: z.boolean().default(false) }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const { id } = await domainOf(manage, input)
    const domain = await setDomainUseForAny(manage, { id, useForAny: !input.off })
    const line = input.off ? `${domain.name} is used for its own addresses only.` : `${domain.name} is used for any address.`
    return { json: domain, lines: [line] }
  },
})
