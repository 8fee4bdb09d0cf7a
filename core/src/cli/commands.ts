/** Every command there is, in the order in which help shows them. */
import type { Command } from './command.ts'
import { auditList } from './commands/audit-list.ts'
import { blockLift, blockList } from './commands/block.ts'
import { credentialCreate } from './commands/credential-create.ts'
import { credentialList } from './commands/credential-list.ts'
import { credentialRevoke } from './commands/credential-revoke.ts'
import { credentialUpdate } from './commands/credential-update.ts'
import { dkimRecord } from './commands/dkim-record.ts'
import { domainAdd } from './commands/domain-add.ts'
import { domainCheck } from './commands/domain-check.ts'
import { domainList } from './commands/domain-list.ts'
import { domainRecordsCommand } from './commands/domain-records.ts'
import { domainRemove } from './commands/domain-remove.ts'
import { domainRotateDkim } from './commands/domain-rotate-dkim.ts'
import { domainUseForAny } from './commands/domain-use-for-any.ts'
import { domainVerify } from './commands/domain-verify.ts'
import { endpointAddAddress, endpointAddHttp, endpointAddSmtp } from './commands/endpoint-add.ts'
import { endpointEditAddress, endpointEditHttp, endpointEditSmtp } from './commands/endpoint-edit.ts'
import { endpointList, endpointRemove } from './commands/endpoint-list.ts'
import { endpointSecret } from './commands/endpoint-secret.ts'
import { explainMessageCommand, explainSiteCommand, limitLift, limitList } from './commands/explain.ts'
import { inspect } from './commands/inspect.ts'
import { ipAddressAdd, ipAddressList, ipAddressRemove, ipAddressShow, ipAddressUpdate } from './commands/ip-address.ts'
import { warmUpStart, warmUpStop } from './commands/ip-address-warm-up.ts'
import { ipPoolCreate, ipPoolList, ipPoolRemove, ipPoolShow, ipPoolUpdate } from './commands/ip-pool.ts'
import { ipPoolRuleAdd, ipPoolRuleList, ipPoolRuleRemove, ipPoolRuleUpdate } from './commands/ip-pool-rule.ts'
import { ipPoolGive, ipPoolLeave, ipPoolTake, ipPoolUse } from './commands/ip-pool-use.ts'
import { keyRotate } from './commands/key-rotate.ts'
import { limitSet } from './commands/limit-set.ts'
import { orgCreate } from './commands/org-create.ts'
import { orgList } from './commands/org-list.ts'
import { orgSuspend } from './commands/org-suspend.ts'
import { orgUnsuspend } from './commands/org-unsuspend.ts'
import { relayAdd, relayList, relayRemove } from './commands/relay.ts'
import { routeAdd } from './commands/route-add.ts'
import { routeEdit } from './commands/route-edit.ts'
import { routeList, routeRemove, routeShow, routeTest } from './commands/route-list.ts'
import { send } from './commands/send.ts'
import { serverCreate } from './commands/server-create.ts'
import { serverEdit } from './commands/server-edit.ts'
import { serverList } from './commands/server-list.ts'
import { serverSuspend } from './commands/server-suspend.ts'
import { serverUnsuspend } from './commands/server-unsuspend.ts'
import { status } from './commands/status.ts'
import { suppressionAdd, suppressionList, suppressionRemove } from './commands/suppression.ts'
import { suppressionExport, suppressionImport } from './commands/suppression-files.ts'
import { trackingDomainAdd } from './commands/tracking-domain-add.ts'
import { trackingDomainCheck } from './commands/tracking-domain-check.ts'
import { trackingDomainEdit } from './commands/tracking-domain-edit.ts'
import { trackingDomainList } from './commands/tracking-domain-list.ts'
import { makeUser, userCreate } from './commands/user-create.ts'
import { userDisable } from './commands/user-disable.ts'
import { userEnable } from './commands/user-enable.ts'
import { userList } from './commands/user-list.ts'
import { userSetPassword } from './commands/user-set-password.ts'
import { version } from './commands/version.ts'
import { webhookCreate } from './commands/webhook-create.ts'
import { webhookList } from './commands/webhook-list.ts'
import { webhookReplay, webhookReplayOne } from './commands/webhook-replay.ts'
import { webhookRequest } from './commands/webhook-request.ts'
import { webhookRequests } from './commands/webhook-requests.ts'
import { webhookSecret } from './commands/webhook-secret.ts'
import { webhookUpdate } from './commands/webhook-update.ts'

export const COMMANDS: readonly Command[] = [
  orgCreate,
  orgList,
  orgSuspend,
  orgUnsuspend,
  serverCreate,
  serverList,
  serverEdit,
  serverSuspend,
  serverUnsuspend,
  domainAdd,
  domainList,
  domainRecordsCommand,
  domainVerify,
  domainUseForAny,
  domainCheck,
  domainRotateDkim,
  domainRemove,
  credentialCreate,
  credentialList,
  credentialUpdate,
  credentialRevoke,
  suppressionAdd,
  suppressionRemove,
  suppressionList,
  suppressionImport,
  suppressionExport,
  trackingDomainAdd,
  trackingDomainEdit,
  trackingDomainList,
  trackingDomainCheck,
  endpointAddHttp,
  endpointAddSmtp,
  endpointAddAddress,
  endpointEditHttp,
  endpointEditSmtp,
  endpointEditAddress,
  endpointSecret,
  endpointList,
  endpointRemove,
  routeAdd,
  routeList,
  routeShow,
  routeEdit,
  routeTest,
  routeRemove,
  webhookCreate,
  webhookUpdate,
  webhookSecret,
  webhookList,
  webhookRequests,
  webhookRequest,
  webhookReplay,
  webhookReplayOne,
  userCreate,
  userList,
  userSetPassword,
  userDisable,
  userEnable,
  keyRotate,
  auditList,
  dkimRecord,
  send,
  status,
  explainMessageCommand,
  explainSiteCommand,
  limitList,
  limitSet,
  limitLift,
  ipPoolCreate,
  ipPoolList,
  ipPoolShow,
  ipPoolUpdate,
  ipPoolRemove,
  ipPoolGive,
  ipPoolTake,
  ipPoolUse,
  ipPoolLeave,
  ipAddressAdd,
  ipAddressList,
  ipAddressShow,
  ipAddressUpdate,
  ipAddressRemove,
  warmUpStart,
  warmUpStop,
  ipPoolRuleAdd,
  ipPoolRuleList,
  ipPoolRuleUpdate,
  ipPoolRuleRemove,
  relayAdd,
  relayList,
  relayRemove,
  blockList,
  blockLift,
  inspect,
  makeUser,
  version,
]
