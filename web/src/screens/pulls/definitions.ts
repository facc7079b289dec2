/** What each number is, as the API counts it. */
export const definitions = {
  merged: 'Pull requests that were merged in the period, into any branch.',
  timeToMerge: 'From when a pull request was opened until it was merged, the time as a draft included. Over those that were merged in the period.',
  firstResponse: 'From when a pull request was opened until somebody else reviewed it or commented on it. Over those that were opened in the period and have a response.',
  iterationTime: 'From the first response to the last commit; 0 where no commit came after it. Over those that were merged in the period.',
  unreviewed: 'The share of merged pull requests that nobody but the author reviewed or commented on.',
  thoroughlyReviewed: 'The share of merged pull requests with at least one response of ten words or more by somebody else. Quotes, code and emoji are no words.',
  iterated: 'The share of merged pull requests that had a commit after the first response, by anyone.',
  size: 'Lines added and removed by the pull requests that were merged in the period.',
} as const

export const botsLeftOut = 'What bots opened or said is in none of these numbers.'

/** What follows for the numbers where a repository is not complete. */
export const missesLater = 'these numbers may miss later changes'
