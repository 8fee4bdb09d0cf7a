/** Where drizzle-kit finds the schema and puts migrations: `pnpm --filter @posthaste/core exec drizzle-kit generate --name what_it_does`. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'mysql',
  schema: './src/store/schema/*.ts',
  out: './src/store/migrations',
  casing: 'snake_case',
})
