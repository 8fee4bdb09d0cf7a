/** Postal's own old Node client, used as its README says. Arguments: host, key, sender's domain. Prints what it got. */
const { Client, SendMessage, SendRawMessage } = require('@atech/postal')

const [host, key, domain] = process.argv.slice(2)
const client = new Client(host, key)

async function main() {
  const message = new SendMessage(client)
  message.to('Ana <Ana@client.test>')
  message.cc('bob@client.test')
  message.bcc('log@client.test')
  message.from(`Orders <orders@${domain}>`)
  message.sender(`orders@${domain}`)
  message.subject('Grüße')
  message.tag('order')
  message.replyTo(`help@${domain}`)
  message.plainBody('Hello')
  message.htmlBody('<p>Hello</p>')
  message.header('X-Order', '7781')
  message.attach('note.txt', 'text/plain', 'Hello')
  const sent = (await message.send()).recipients()

  const raw = new SendRawMessage(client)
  raw.mailFrom(`orders@${domain}`)
  raw.rcptTo('raw@client.test')
  raw.data(`From: orders@${domain}\r\nSubject: Raw\r\n\r\nHello\r\n`)
  const sentRaw = (await raw.send()).recipients()

  const forged = new SendMessage(client)
  forged.to('ana@client.test')
  forged.from('ceo@foreign.test')
  forged.plainBody('Hello')
  const refusal = await forged.send().catch((data) => data)

  const describe = (recipients) =>
    Object.fromEntries(Object.entries(recipients).map(([name, one]) => [name, { id: one.id(), token: one.token() }]))
  const badKey = await new Client(host, 'wrong').makeRequest('messages', 'message', { id: 1 }).catch((data) => data)
  process.stdout.write(JSON.stringify({ sent: describe(sent), raw: describe(sentRaw), refusal, badKey }))
}

main()
