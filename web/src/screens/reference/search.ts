import { compact, text, type Raw } from '../../format/search'

interface ReferenceSearch { q?: string | undefined }

export function readReferenceSearch(raw: Raw): ReferenceSearch {
  return compact({ q: text(raw, 'q') })
}
