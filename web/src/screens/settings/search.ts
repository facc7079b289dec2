import type { Method } from '../../api/connections'
import { compact, oneOf, text, type Raw } from '../../format/search'
import { methods } from '../wizard/steps'

/** The credential that is to take the place of the present one. */
interface SettingsSearch { method?: Method | undefined; connection?: string | undefined }

export function readSettingsSearch(raw: Raw): SettingsSearch {
  return compact({ method: oneOf(raw, 'method', methods), connection: text(raw, 'connection') })
}
