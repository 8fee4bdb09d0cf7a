/** Dovecot in a folder of its own that takes mail by LMTP and keeps it in mailboxes. Needs root, as its daemons do. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '@posthaste/test/support/certificate.ts'
import { freePort } from '@posthaste/test/support/free-port.ts'
import { startProcess } from '@posthaste/test/support/processes.ts'

export type Mailboxes = AsyncDisposable & {
  readonly port: number
  /** New mail of an address. */
  readonly mails: (address: string) => Promise<string[]>
  readonly log: readonly string[]
}

/** Says so when it is missing, as a silent skip would look like a pass. */
export function lmtpInstalled(): boolean {
  const there = existsSync('/usr/lib/dovecot/lmtp') && userInfo().uid === 0
  if (!there) console.warn('NOT TESTED: Dovecot LMTP is missing, or we are not root; apt-get install --no-install-recommends dovecot-lmtpd')
  return there
}

/** @param quotas how many mails each mailbox takes; null for any number */
export async function startDovecot(host: string, quotas: Readonly<Record<string, number | null>>): Promise<Mailboxes> {
  const folder = await mkdtemp(join(tmpdir(), 'mailboxes-dovecot-'))
  const path = (name: string) => join(folder, name)
  await chmod(folder, 0o755)
  for (const name of ['run', 'state', 'mail']) await mkdir(path(name))
  const owner = { uid: idOf('-u'), gid: idOf('-g') }
  await chown(path('mail'), owner.uid, owner.gid)
  const { cert, key } = await makeCertificate({ names: [host] })
  await writeFile(path('cert.pem'), cert)
  await writeFile(path('key.pem'), key)
  const users = Object.entries(quotas).map(
    ([address, mails]) => `${address}:::::::${mails === null ? '' : `userdb_quota_rule=*:messages=${mails}`}`,
  )
  await writeFile(path('users'), `${users.join('\n')}\n`)
  const port = await freePort()
  await writeFile(path('dovecot.conf'), settings({ folder, host, port, ...owner }))
  const running = await startProcess('/usr/sbin/dovecot', ['-F', '-c', path('dovecot.conf')], { name: 'dovecot' })
  await running.port(port, 20_000)
  return {
    port,
    log: running.log,
    mails: async (address) => {
      const inbox = path(`mail/${address}/new`)
      return Promise.all((await readdir(inbox).catch(() => [])).map((name) => readFile(join(inbox, name), 'utf8')))
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Settings = { readonly folder: string; readonly host: string; readonly port: number; readonly uid: number; readonly gid: number }

const settings = ({ folder, host, port, uid, gid }: Settings): string => `protocols = lmtp
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
hostname = ${host}
postmaster_address = postmaster@${host}
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = ${uid}
mail_gid = ${gid}
mail_location = maildir:${folder}/mail/%u
recipient_delimiter = +
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
mail_plugins = quota
plugin {
  quota = maildir:User quota
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
}
`

const idOf = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'mail'], { encoding: 'utf8' }))
