/** Where an organization's mail leaves from: show, choose pools for mail servers, add, change and remove rules. */
import { Hono } from 'hono'
import { notFound } from '../../../manage/access.ts'
import { statesOf } from '../../../manage/ip-address-states.ts'
import {
  addIpPoolRule,
  chooseIpPool,
  ipPoolRulesOf,
  removeIpPoolRule,
  requireRule,
  updateIpPoolRuleSettings,
} from '../../../manage/ip-pool-rules.ts'
import { ipPoolsOf } from '../../../manage/ip-pools.ts'
import { listIpAddresses } from '../../../store/ip-addresses.ts'
import type { IpPoolRule } from '../../../store/ip-pool-rules.ts'
import { mailServersOf } from '../../../store/overview.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { type OrganizationPlace, organizationPath, organizationPlace } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { viewOf } from '../ui/view.ts'
import { OrganizationPoolsPage } from './page.tsx'
import { type RuleFields, RuleForm } from './rule-form.tsx'

const SERVERS_MAX = 500

export function ipPoolRuleRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const at = '/org/:organization/ip-pools'
  return new Hono<AdminEnv>()
    .get(at, (c) => show(c, deps))
    .post(`${at}/choice`, (c) => choose(c, deps))
    .post(`${at}/rules`, (c) => add(c, deps))
    .get(`${at}/rules/:uuid`, (c) => edit(c, deps))
    .post(`${at}/rules/:uuid`, (c) => update(c, deps))
    .post(`${at}/rules/:uuid/removal`, (c) => remove(c, deps))
}

const hrefOf = ({ organization }: OrganizationPlace): string => `${organizationPath(organization)}/ip-pools`
const crumbOf = ({ organization }: OrganizationPlace) => ({ label: organization.name, href: organizationPath(organization) })

type Refused = { readonly fields: RuleFields; readonly mistake: Mistake }

async function show(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const place = await organizationPlace(c, deps)
  const { manage, organization, role } = place
  const organizationId = organization.id
  const [pools, servers, rules] = await Promise.all([
    ipPoolsOf(manage, { organizationId }),
    mailServersOf(manage.db, [organizationId], SERVERS_MAX),
    ipPoolRulesOf(manage, { organizationId }),
  ])
  const addresses = await listIpAddresses(
    manage.db,
    pools.map(({ id }) => id),
  )
  const states = await statesOf(manage, addresses)
  const nameIn = (rows: readonly { id: number; name: string }[], id: number | null) => rows.find((row) => row.id === id)?.name
  const props = {
    ...{ view: viewOf(c, deps), organization: crumbOf(place), href: hrefOf(place), inUse: deps.useIpPools, writable: role !== 'reader' },
    pools: pools.map((pool) => ({ ...pool, addresses: states.filter(({ ipPoolId }) => ipPoolId === pool.id) })),
    servers,
    rules: rules.map((rule) => ({
      href: `${hrefOf(place)}/rules/${rule.uuid}`,
      ...{ from: linesOf(rule.fromText), to: linesOf(rule.toText), pool: nameIn(pools, rule.ipPoolId) ?? 'a pool that is gone' },
      server: rule.mailServerId === null ? null : (nameIn(servers, rule.mailServerId) ?? 'a mail server that is gone'),
    })),
  }
  return send(c, <OrganizationPoolsPage {...props} {...refused} />, refused ? 422 : 200)
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '')

async function choose(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await organizationPlace(c, deps)
  const servers = await mailServersOf(place.manage.db, [place.organization.id], SERVERS_MAX)
  const mailServerId = Number(await fieldOf(c, 'server'))
  if (!servers.some(({ id }) => id === mailServerId)) throw notFound('mail_server')
  await chooseIpPool(place.manage, { mailServerId, ipPoolId: Number(await fieldOf(c, 'pool')) || null })
  return done(c, 'ip_pool.chosen', hrefOf(place))
}

const ruleFields = async (c: AdminContext): Promise<RuleFields> => ({
  from: await fieldOf(c, 'from'),
  to: await fieldOf(c, 'to'),
  pool: await fieldOf(c, 'ipPoolId'),
  server: await fieldOf(c, 'server'),
})

const inputOf = ({ from, to, pool }: RuleFields) => ({ from: linesOf(from), to: linesOf(to), ipPoolId: Number(pool) || 0 })

async function add(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await organizationPlace(c, deps)
  const fields = await ruleFields(c)
  try {
    const owner = { organizationId: place.organization.id, mailServerId: Number(fields.server) || null }
    await addIpPoolRule(place.manage, { ...owner, ...inputOf(fields) })
    return done(c, 'ip_pool_rule.created', hrefOf(place))
  } catch (fault) {
    return show(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

type RulePlace = OrganizationPlace & { readonly rule: IpPoolRule }

/** @throws AppError `organization.not_found`, `ip_pool_rule.not_found`, `auth.forbidden` */
async function rulePlace(c: AdminContext, deps: AdminDeps): Promise<RulePlace> {
  const place = await organizationPlace(c, deps)
  const rule = await requireRule(place.manage, { uuid: c.req.param('uuid') ?? '' })
  if (rule.organizationId !== place.organization.id) throw notFound('ip_pool_rule')
  return { ...place, rule }
}

const edit = async (c: AdminContext, deps: AdminDeps): Promise<Response> => editForm(c, deps, await rulePlace(c, deps))

async function editForm(c: AdminContext, deps: AdminDeps, place: RulePlace, refused?: Refused): Promise<Response> {
  const { manage, organization, rule } = place
  const pools = await ipPoolsOf(manage, { organizationId: organization.id })
  const stored = { from: rule.fromText, to: rule.toText, pool: String(rule.ipPoolId), server: '' }
  const view = viewOf(c, deps)
  const action = `${hrefOf(place)}/rules/${rule.uuid}`
  const crumbs = [crumbOf(place), { label: 'IP pools', href: hrefOf(place) }]
  const page = (
    <Page view={view} title={`Rule · ${organization.name}`} crumbs={crumbs}>
      <div class="page-head">
        <h1>Rule</h1>
      </div>
      <RuleForm
        {...{ view, action, pools, servers: null, title: 'Which mail, and where it leaves from', button: 'Save' }}
        fields={refused?.fields ?? stored}
        mistake={refused?.mistake}
      />
    </Page>
  )
  return send(c, page, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await rulePlace(c, deps)
  const fields = await ruleFields(c)
  try {
    await updateIpPoolRuleSettings(place.manage, { id: place.rule.id, ...inputOf(fields) })
    return done(c, 'ip_pool_rule.updated', hrefOf(place))
  } catch (fault) {
    return editForm(c, deps, place, { fields, mistake: mistakeOf(fault) })
  }
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await rulePlace(c, deps)
  await removeIpPoolRule(place.manage, place.rule)
  return done(c, 'ip_pool_rule.deleted', hrefOf(place))
}
