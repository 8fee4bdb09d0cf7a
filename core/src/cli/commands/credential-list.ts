/** `posthaste credential list` */
import { credentialUse } from '../../manage/credentials.ts'
import { listCredentials } from '../../store/credentials.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const credentialList = command({
  words: 'credential list',
  about: 'list credentials by the beginning of their keys',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open, clock }, place) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, place)
    const found = await allPages((page) => listCredentials(manage.db, { ...page, mailServerId }))
    const rows = found.map(({ uuid, type, name, keyHint, network, hold, callsPerMinute, lastUsedAt }) => [
      uuid,
      type,
      name,
      keyHint === null ? network : `${keyHint}…`,
      hold,
      callsPerMinute,
      credentialUse(lastUsedAt, clock()),
    ])
    const lines = table(
      ['uuid', 'type', 'name', 'key', 'hold', 'calls a minute', 'use'],
      rows,
      'No credentials yet: posthaste credential create <name>',
    )
    return { json: found, lines }
  },
})
