import type { CollectedService } from '../../api/services'
import { count, plural } from '../../format/count'
import { streamWords } from '../../format/streams'

/** What is stored of a service: "54 rows: commits 40, releases 14". */
export function collectedWords({ rows, streams }: Pick<CollectedService, 'rows' | 'streams'>): string {
  const kinds = streams.filter((s) => s.stored > 0).map((s) => `${streamWords[s.kind]} ${count(s.stored)}`)
  return kinds.length > 0 ? `${plural(rows, 'row')}: ${kinds.join(', ')}` : 'Nothing yet'
}
