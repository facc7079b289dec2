import type { Action, Repository } from '../../api/repositories'
import type { View } from './search'

export const actionWords: Record<Action, string> = { import: 'Import', ignore: 'Ignore', restore: 'Stop ignoring', resync: 'Resync', keep: 'Remove…', delete: 'Remove…' }

export const doneWords: Record<Action, string> = { import: 'Importing', ignore: 'Ignoring', restore: 'No longer ignored:', resync: 'Reading again', keep: 'Removed', delete: 'Removing the data of' }

/** What can be done in a view without being asked back; removing asks. */
export const actionsOf: Record<View, Action[]> = { available: ['import', 'ignore'], imported: ['resync', 'ignore'], ignored: ['restore', 'import'], excluded: ['ignore'] }

export function viewOf(r: Repository): View {
  return r.selection === 'excluded_by_rule' ? 'excluded' : r.selection
}
