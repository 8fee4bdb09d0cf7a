/** `posthaste credential update` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given } from '../../manage/context.ts'
import { updateCredentialSettings } from '../../manage/credentials.ts'
import { findCredentialByUuid } from '../../store/credentials.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const CALLS_OPTION = ['--calls-per-minute <number>', 'API calls it may make in a minute; 0 for no limit'] as const
export const callsInput = z.coerce
  .number()
  .transform((calls) => (calls === 0 ? null : calls))
  .optional()

export const credentialUpdate = command({
  words: 'credential update <uuid>',
  about: 'change a credential; its key stays',
  options: [
    SERVER_OPTION,
    ['--name <name>', 'who uses it'],
    ['--hold', 'hold all mail sent with it'],
    ['--no-hold', 'hold its mail no more'],
    ['--network <network>', 'address or network of an smtp-ip credential'],
    CALLS_OPTION,
  ],
  input: serverInput.extend({
    uuid: z.string(),
    name: z.string().optional(),
    hold: z.boolean().optional(),
    network: z.string().optional(),
    callsPerMinute: callsInput,
  }),
  run: async ({ open }, { uuid, server, ...input }) => {
    const { manage } = await open()
    const found = await findCredentialByUuid(manage.db, (await mailServerOf(manage, { server })).id, uuid)
    if (!found)
      throw new AppError('credential.not_found', `There is no credential ${uuid}; see posthaste credential list.`, { field: 'uuid' })
    const credential = await updateCredentialSettings(manage, { id: found.id, ...given(input) })
    return { json: credential, lines: [`Saved ${credential.name}.`] }
  },
})
