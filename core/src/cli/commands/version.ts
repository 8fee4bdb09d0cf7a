/** `posthaste version` */
import { z } from 'zod'
import { command } from '../command.ts'

export const version = command({
  words: 'version',
  about: 'show the version',
  input: z.object({}),
  run: async (context) => ({ json: { version: context.version }, lines: [context.version] }),
})
