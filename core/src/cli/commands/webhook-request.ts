/** `posthaste webhook request` */
import { z } from 'zod'
import { answerText, type StoriedAttempt, webhookRequestStory } from '../../manage/webhook-history.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const webhookRequest = command({
  words: 'webhook request <request>',
  about: 'show one request by its uuid, with all attempts, their headers and answers',
  options: [SERVER_OPTION],
  input: serverInput.extend({ request: z.string() }),
  run: async ({ open }, { request: uuid, ...place }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, place)
    const story = await webhookRequestStory(manage, { mailServerId, uuid })
    const { event, state, body, attempts } = story
    const lines = [`${event} ${uuid}: ${state}`, ...attempts.flatMap(linesOf), '', body]
    return { json: story, lines: lines.map(printable) }
  },
})

/** What a receiver answers must not give orders to the terminal of whoever reads it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being replaced
const printable = (line: string): string => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')

/** As curl shows an exchange. */
const linesOf = (attempt: StoriedAttempt): string[] => [
  '',
  `Attempt ${attempt.attempt} at ${attempt.createdAt.toISOString()}, ${attempt.ms} ms: ${answerText(attempt)}${attempt.willRetry ? ', tried again later' : ''}`,
  `POST ${attempt.url}`,
  ...(attempt.requestHeaders ?? []).map(([name, value]) => `> ${name}: ${value}`),
  ...(attempt.responseHeaders ?? []).map(([name, value]) => `< ${name}: ${value}`),
  ...(attempt.statusCode > 0 && attempt.responseBody !== '' ? [attempt.responseBody] : []),
]
