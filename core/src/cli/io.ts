/** Where a command reads and writes: answers on standard output, everything else on standard error. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Asks a person; undefined where nobody sits. */
  readonly ask: ((question: string, options?: { readonly hidden?: boolean }) => Promise<string>) | undefined
}

/** The terminal of this process. */
export const terminal = (): Io => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
})

/** Questions go to standard error, so that the answer of the command can be redirected. What is hidden is not echoed. */
async function ask(question: string, { hidden = false }: { hidden?: boolean } = {}): Promise<string> {
  process.stderr.write(`${question}: `)
  const echo = new Writable({ write: (chunk, _encoding, done) => (hidden ? done() : process.stderr.write(chunk, () => done())) })
  const reader = createInterface({ input: process.stdin, output: echo, terminal: true })
  try {
    return await reader.question('')
  } finally {
    reader.close()
    if (hidden) process.stderr.write('\n')
  }
}
