/** `posthaste server list` */
import { z } from 'zod'
import { listMailServers } from '../../store/mail-servers.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { organizationOf } from '../place.ts'
import { table } from '../table.ts'

export const serverList = command({
  words: 'server list',
  about: 'list mail servers',
  options: [['--org <permalink>', 'only those of one organization']],
  input: z.object({ org: z.string().optional() }),
  run: async ({ open }, { org }) => {
    const { manage } = await open()
    const { db } = manage
    const owners = org === undefined ? await allPages((page) => listOrganizations(db, page)) : [await organizationOf(manage, { org })]
    const found = []
    for (const owner of owners) {
      const mailServers = await allPages((page) => listMailServers(db, { ...page, organizationId: owner.id }))
      found.push(...mailServers.map((mailServer) => ({ ...mailServer, path: `${owner.permalink}/${mailServer.permalink}` })))
    }
    const rows = found.map(({ path, name, mode, token, suspendedAt }) => [path, name, mode, token, suspendedAt !== null])
    const lines = table(['server', 'name', 'mode', 'token', 'suspended'], rows, 'No mail servers yet: posthaste server create <name>')
    return { json: found, lines }
  },
})
