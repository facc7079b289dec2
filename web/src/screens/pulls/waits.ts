import type { Look } from '../../format/status'
import type { Waits } from './search'

export const waitLooks: Record<Waits, Look> = {
  review: { word: 'Review', colour: 'blue', shape: 'wait' },
  author: { word: 'Author', colour: 'amber', shape: 'alert' },
  merge: { word: 'Merge', colour: 'green', shape: 'check' },
  ready: { word: 'Ready', colour: 'grey', shape: 'ring' },
}

/** What somebody has to do, and who: "by ben". */
export function waitsOn(waits: Waits, who: string): string {
  switch (waits) {
    case 'review': return who === '' ? 'nobody was asked for one' : `by ${who}`
    case 'author': return `changes were asked of ${who || 'the author'}`
    case 'merge': return `approved, for ${who || 'the author'} to merge`
    case 'ready': return 'a draft'
  }
}
