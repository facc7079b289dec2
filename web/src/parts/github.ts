/** Where people look at things of GitHub. */
export const organizationURL = (login: string) => `https://github.com/${login}`
export const repositoryURL = (fullName: string) => `https://github.com/${fullName}`
