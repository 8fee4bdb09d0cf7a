import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('keeps the list of suppressed addresses, as single ones and as files', async () => {
  await using cli = await startCliFixture()
  const { answer, directory, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  expect(await answer('suppression add Ana@A.test --days 3')).toMatchObject({ address: 'ana@a.test', source: 'manual' })
  const file = join(directory, 'list.txt')
  await writeFile(file, 'eva@a.test\nnobody\nkim@a.test,complaint\n')
  const imported = { added: 2, refused: 1, mistakes: [{ line: 2, problem: 'has no mail address, but "nobody"' }] }
  expect(await answer(`suppression import ${file} --reason moved`)).toEqual(imported)
  expect((await posthaste('suppression list --search .test --limit 2')).out).toMatch(
    /eva@a\.test .*moved .*never\n.*--after eva@a\.test\n$/,
  )
  const written = join(directory, 'out.csv')
  expect(await answer(`suppression export ${written}`)).toEqual({ file: written, count: 3 })
  expect((await readFile(written, 'utf8')).split('\n')).toHaveLength(5)
  expect(await posthaste(`suppression export ${written}`)).toMatchObject({
    code: EXIT.usage,
    err: expect.stringContaining('exists already'),
  })
  expect((await posthaste('suppression import nowhere.csv')).code).toBe(EXIT.usage)
  expect(await answer('suppression remove ANA@a.test')).toEqual({ removed: true })
  expect((await answer('suppression list')).map(({ address }: { address: string }) => address)).toEqual(['eva@a.test', 'kim@a.test'])
})
