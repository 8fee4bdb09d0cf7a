/** `/api/v2`: what pages and command line do, for programs. What comes in, what goes out and `openapi.json` are of the same schemas. */
import { AppError } from '../../../domain/errors.ts'
import { admitted } from './admitted.ts'
import { apiInfo, KEY_SCHEME, newRoutes } from './definition.ts'
import type { ApiV2Deps } from './env.ts'
import { explanationRoutes } from './explanations.ts'
import { inspectionRoutes } from './inspections.ts'

export type { ApiV2Deps }

export function apiV2Routes(deps: ApiV2Deps) {
  const app = newRoutes()
  app.openAPIRegistry.registerComponent('securitySchemes', ...KEY_SCHEME)
  app.get('/openapi.json', (c) => c.json(app.getOpenAPI31Document(apiInfo), 200, { 'Cache-Control': 'public, max-age=300' }))
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    await next()
  })
  app.use(admitted(deps))
  app.route('/', inspectionRoutes(deps))
  app.route('/', explanationRoutes(deps))
  // A path of an API leads to no page
  app.all('*', () => {
    throw new AppError('resource.not_found', 'API v2 has no such path or method; /api/v2/openapi.json lists what it has.')
  })
  return app
}
