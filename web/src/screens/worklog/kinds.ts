export const kinds = ['commit', 'merge_commit', 'pull_request', 'comment', 'ticket'] as const
export type Kind = (typeof kinds)[number]
