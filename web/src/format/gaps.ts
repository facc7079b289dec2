import type { Gap } from '../api/integrations'

export const gapTitle = (gap: Pick<Gap, 'title' | 'organization'>) => [gap.title, gap.organization].filter(Boolean).join(' – ')
