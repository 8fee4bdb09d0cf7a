/** Postfix in a folder of its own that takes mail by SMTP and keeps it in one mailbox. Needs root, as its daemons do. */
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@posthaste/test/support/free-port.ts'

const run = promisify(execFile)

export type Mailboxes = AsyncDisposable & { readonly port: number; readonly mails: () => Promise<string[]> }

export async function startPostfixMailboxes({ domain, mailbox }: { domain: string; mailbox: string }): Promise<Mailboxes> {
  const folder = await mkdtemp(join(tmpdir(), 'mailboxes-postfix-'))
  const path = (name: string) => join(folder, name)
  await chmod(folder, 0o755)
  for (const name of ['etc', 'queue', 'data', 'mail']) await mkdir(path(name))
  const [uid, gid] = [await idOf('-u'), await idOf('-g')]
  for (const name of ['data', 'mail']) await chown(path(name), uid, gid)
  const port = await freePort()
  await writeFile(path('etc/master.cf'), master(await readFile('/usr/share/postfix/master.cf.dist', 'utf8'), port))
  await writeFile(path('etc/main.cf'), settings({ folder, domain, mailbox, uid, gid }))
  await run('postfix', ['-c', path('etc'), 'start'])
  const inbox = path('mail/box/new')
  return {
    port,
    mails: async () => Promise.all((await readdir(inbox).catch(() => [])).map((name) => readFile(join(inbox, name), 'utf8'))),
    [Symbol.asyncDispose]: async () => {
      await run('postfix', ['-c', path('etc'), 'stop']).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Settings = { readonly folder: string; readonly domain: string; readonly mailbox: string; readonly uid: number; readonly gid: number }

const settings = ({ folder, domain, mailbox, uid, gid }: Settings): string => `compatibility_level = 3.6
multi_instance_enable = no
myhostname = box.client.test
queue_directory = ${folder}/queue
data_directory = ${folder}/data
mydestination =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file =
syslog_name = posthaste-mailboxes
smtpd_recipient_restrictions = reject_unauth_destination
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = inline:{ { ${mailbox} = box/ } }
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${gid}
virtual_minimum_uid = 1
`

/** One listener on our port, and no chroot, since the queue lies elsewhere. */
const master = (content: string, port: number): string =>
  content
    .replace(/^smtp +inet .*/m, `127.0.0.1:${port} inet n - n - 20 smtpd`)
    .replace(/^([a-z]+ +(?:unix|unix-dgram|fifo) +\S+ +\S+ +)y/gm, '$1n')

const idOf = async (kind: '-u' | '-g'): Promise<number> => Number((await run('id', [kind, 'postfix'])).stdout)
