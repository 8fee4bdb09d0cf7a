/** `posthaste credential revoke` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { revokeCredential } from '../../manage/credentials.ts'
import { findCredentialByUuid } from '../../store/credentials.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const credentialRevoke = command({
  words: 'credential revoke <uuid>',
  about: 'make a credential worthless, for good',
  options: [SERVER_OPTION],
  input: serverInput.extend({ uuid: z.string() }),
  run: async ({ open }, { uuid, ...place }) => {
    const { manage } = await open()
    const credential = await findCredentialByUuid(manage.db, (await mailServerOf(manage, place)).id, uuid)
    if (!credential)
      throw new AppError('credential.not_found', `There is no credential ${uuid}; see posthaste credential list.`, { field: 'uuid' })
    await revokeCredential(manage, credential)
    return { json: { revoked: uuid }, lines: [`Revoked ${credential.name}.`] }
  },
})
