/** Finds the organization and mail server that a command is about. */
import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import type { Manage } from '../manage/context.ts'
import { type Domain, type DomainOwner, findDomainOf } from '../store/domains.ts'
import { findMailServer, listMailServers, type MailServer } from '../store/mail-servers.ts'
import { findOrganization, listOrganizations, type Organization } from '../store/organizations.ts'
import { UsageError } from './usage.ts'

export const ORG_OPTION = ['--org <permalink>', 'the organization; not needed when there is only one'] as const
export const SERVER_OPTION = ['--server <org/server>', 'the mail server by both permalinks; not needed when there is only one'] as const
export const OWNER_OPTIONS = [
  SERVER_OPTION,
  ['--org <permalink>', "for a domain that all of an organization's mail servers share"],
] as const

export const orgInput = z.object({ org: z.string().optional() })
export const serverInput = z.object({ server: z.string().optional() })
export const ownerInput = z.object({ ...orgInput.shape, ...serverInput.shape })

/** @throws AppError `organization.not_found`, UsageError when none is named and there is not just one */
export async function organizationOf({ db }: Manage, { org }: z.output<typeof orgInput>): Promise<Organization> {
  if (org === undefined) return onlyOne(await listOrganizations(db, { limit: 2 }), '--org <permalink>', 'posthaste org create <name>')
  const found = await findOrganization(db, { permalink: org })
  if (!found) throw new AppError('organization.not_found', `There is no organization ${org}; see posthaste org list.`, { field: 'org' })
  return found
}

/** @throws AppError `organization.not_found`, `mail_server.not_found`, UsageError */
export async function mailServerOf(manage: Manage, { server }: z.output<typeof serverInput>): Promise<MailServer> {
  if (server === undefined) {
    const { id } = await organizationOf(manage, {})
    return onlyOne(
      await listMailServers(manage.db, { organizationId: id, limit: 2 }),
      '--server <org/server>',
      'posthaste server create <name>',
    )
  }
  const [org, permalink] = server.includes('/') ? server.split('/') : [undefined, server]
  const organization = await organizationOf(manage, { org })
  const found = await findMailServer(manage.db, { organizationId: organization.id, permalink: permalink ?? '' })
  if (!found)
    throw new AppError('mail_server.not_found', `There is no mail server ${server}; see posthaste server list.`, { field: 'server' })
  return found
}

/** An organization when that is named, a mail server otherwise. */
export async function ownerOf(manage: Manage, { org, server }: z.output<typeof ownerInput>): Promise<DomainOwner> {
  if (org !== undefined && server !== undefined) throw new UsageError('Give --org or --server, not both.')
  if (org !== undefined) return { organizationId: (await organizationOf(manage, { org })).id, mailServerId: null }
  const { id, organizationId } = await mailServerOf(manage, { server })
  return { organizationId, mailServerId: id }
}

/** @throws AppError `domain.not_found` */
export async function domainOf(manage: Manage, input: z.output<typeof ownerInput> & { readonly name: string }): Promise<Domain> {
  const domain = await findDomainOf(manage.db, await ownerOf(manage, input), { name: input.name })
  if (!domain) throw new AppError('domain.not_found', `There is no domain ${input.name}; see posthaste domain list.`, { field: 'name' })
  return domain
}

function onlyOne<T>(rows: readonly T[], option: string, create: string): T {
  const [only, another] = rows
  if (only === undefined) throw new UsageError(`There is none yet; begin with ${create}.`)
  if (another !== undefined) throw new UsageError(`There are several; say which with ${option}.`)
  return only
}
