/** `posthaste credential create` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { createCredential } from '../../manage/credentials.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { CALLS_OPTION, callsInput } from './credential-update.ts'

const TYPES = { smtp: 'smtp', api: 'api', 'smtp-ip': 'smtp_ip' } as const

export const credentialCreate = command({
  words: 'credential create <name>',
  about: 'create a credential; its key is shown this once',
  options: [
    SERVER_OPTION,
    ['--type <type>', 'api, smtp or smtp-ip (default: api)'],
    ['--network <network>', 'address or network of an smtp-ip credential'],
    ['--hold', 'hold all mail sent with it'],
    CALLS_OPTION,
  ],
  input: serverInput.extend({
    name: z.string(),
    type: z.enum(['api', 'smtp', 'smtp-ip']).default('api'),
    network: z.string().optional(),
    hold: z.boolean().optional(),
    callsPerMinute: callsInput,
  }),
  run: async ({ open }, { server, name, type, ...input }) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, { server })
    const { credential, key } = await createCredential(manage, { ...given(input), name, mailServerId: id, type: TYPES[type] })
    const lines = key === null ? [`${credential.network} may send without a key.`] : [`Key, shown only now: ${key}`]
    return { json: { ...credential, key }, lines: [`Created the credential ${name} (${credential.uuid}).`, ...lines] }
  },
})
