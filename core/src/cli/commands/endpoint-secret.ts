/** `posthaste endpoint secret` */
import { finishHttpEndpointRotation, revealHttpEndpointSecret, rotateHttpEndpointSecret } from '../../manage/http-endpoint-secrets.ts'
import { command } from '../command.ts'
import { SERVER_OPTION } from '../place.ts'
import { SECRET_OPTIONS, secretInput, showOrReplace } from '../signing-secret.ts'
import { editInput, endpointAt } from './endpoint-edit.ts'

export const endpointSecret = command({
  words: 'endpoint secret <uuid>',
  about: 'show the secret that signs requests to an HTTP endpoint, or replace it',
  options: [SERVER_OPTION, ...SECRET_OPTIONS],
  input: editInput.extend(secretInput),
  run: async ({ open }, { replace, retire, ...place }) => {
    const { manage } = await open()
    const { named } = await endpointAt(manage, 'http', place)
    return showOrReplace(
      { replace, retire },
      {
        show: () => revealHttpEndpointSecret(manage, named),
        replace: () => rotateHttpEndpointSecret(manage, named),
        retire: () => finishHttpEndpointRotation(manage, named),
      },
    )
  },
})
