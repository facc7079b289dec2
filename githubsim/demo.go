package githubsim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// demoRepository is a line of the demo's table: what the repository is, how busy it is, what is odd about it.
type demoRepository struct {
	name, description, language  string
	commits, pulls, issues, year int
	odd                          func(*RepositorySettings)
}

var demoRepositories = []demoRepository{
	{"storefront", "The shop that customers see", "TypeScript", 210, 60, 45, 2021, nil},
	{"checkout", "Carts, taxes and orders", "Go", 180, 55, 40, 2021, private},
	{"payments", "Cards, wallets and refunds", "Go", 160, 45, 30, 2021, private},
	{"catalog", "Products, prices and availability", "Go", 150, 40, 30, 2021, nil},
	{"search", "Finds products in 20 languages", "Rust", 120, 30, 25, 2022, nil},
	{"recommendations", "What others bought", "Python", 90, 22, 14, 2022, nil},
	{"identity", "Accounts, sessions and permissions", "Go", 140, 38, 22, 2021, private},
	{"notifications", "Mail, push and text messages", "Kotlin", 80, 20, 16, 2022, nil},
	{"warehouse", "Stock, picking and packing", "Java", 110, 24, 20, 2021, private},
	{"shipping", "Carriers, labels and tracking", "Java", 85, 20, 15, 2022, nil},
	{"invoicing", "Invoices and credit notes", "Go", 75, 18, 12, 2022, private},
	{"pricing", "Rules, discounts and experiments", "Python", 70, 16, 10, 2023, nil},
	{"reviews", "What customers say", "Ruby", 60, 14, 12, 2022, nil},
	{"mobile-ios", "The app for iPhones", "Swift", 130, 34, 26, 2021, nil},
	{"mobile-android", "The app for Android", "Kotlin", 125, 32, 24, 2021, nil},
	{"design-system", "Colours, type and components", "TypeScript", 95, 28, 18, 2022, nil},
	{"gateway", "The front door of all services", "Go", 100, 25, 16, 2021, nil},
	{"analytics", "Events and dashboards", "Python", 85, 18, 12, 2022, nil},
	{"data-pipeline", "Nightly facts for the warehouse", "Python", 70, 14, 10, 2022, private},
	{"infrastructure", "Everything that runs, as code", "HCL", 140, 42, 8, 2021, private},
	{"ci-actions", "Steps that all pipelines share", "Shell", 55, 15, 6, 2023, nil},
	{"handbook", "How we work", "", 90, 30, 5, 2021, nil},
	{"status-page", "What is up and what is not", "TypeScript", 35, 8, 4, 2023, nil},
	{"feature-flags", "Turn things on, slowly", "Go", 50, 12, 8, 2023, nil},
	{"support-tools", "What the support team clicks", "Ruby", 45, 10, 0, 2022, issuesDisabled},
	{"go-kit", "Logging, tracing and configuration", "Go", 65, 16, 9, 2021, nil},
	{"httpclient", "A fork with our timeouts", "Go", 30, 4, 0, 2023, fork},
	{"monolith", "Where it all began", "PHP", 160, 20, 15, 2012, archived},
	{"prototype-voice", "Shopping by voice, some day", "Python", 12, 2, 1, 2020, archived},
	{"brand-assets", "Logos and photographs", "", 8, 0, 2, 2019, nil},
	{"next-big-thing", "", "", 0, 0, 0, 2024, nil},
	{"price-scraper", "What others charge", "Python", 25, 5, 3, 2023, blocked},
}

// releases are made by the busy ones.
func (d demoRepository) releases() int { return max(0, d.commits-100) / 10 }

func private(s *RepositorySettings)        { s.Private = true }
func archived(s *RepositorySettings)       { s.Archived = true }
func fork(s *RepositorySettings)           { s.Fork = true }
func blocked(s *RepositorySettings)        { s.Blocked = "dmca" }
func issuesDisabled(s *RepositorySettings) { s.IssuesDisabled = true }

// PopulateDemo builds the organization of the demo: a shop's thirty repositories with some 9,000 items, among them an
// empty, a forked, a blocked and two archived ones, private ones, one without issues, bots, people who have left, commits of
// nobody, and dates that no clock should have shown. It is busiest at its end, a minute before now: what is younger
// than that second is read again.
func (s *Sim) PopulateDemo(organization string) *Organization {
	s.mu.Lock()
	loud := s.quietly()
	o := s.addOrganization(organization)
	people := s.staff(24)
	leaver := s.addAccount(TypeUser, "former-colleague")
	people = append(people, leaver, s.addAccount(TypeBot, "renovate[bot]"), s.addAccount(TypeBot, "dependabot[bot]"), s.addAccount(TypeMannequin, "imported-person"))
	until := s.now().Add(-justNow)
	for i, d := range demoRepositories {
		s.addDemoRepository(o, d, people, until.Add(-time.Duration(i)*7*time.Hour), uint64(i))
	}
	loud()
	s.mu.Unlock()
	leaver.Delete()
	s.lately(o, people)
	return o
}

// justNow is how old the newest of the demo is.
const justNow = time.Minute

func (s *Sim) addDemoRepository(o *Organization, d demoRepository, people []*User, until time.Time, seed uint64) {
	random := rand.New(rand.NewPCG(seed, uint64(s.config.Seed)))
	settings := RepositorySettings{
		Description: d.description, Language: d.language, DiskUsage: int64(d.commits) * 13,
		CreatedAt: time.Date(d.year, time.Month(1+random.IntN(12)), 1+random.IntN(28), 9, 0, 0, 0, time.UTC),
	}
	if d.odd != nil {
		d.odd(&settings)
	}
	r := o.addRepository(d.name, settings)
	if settings.Archived {
		until = settings.CreatedAt.AddDate(3, 0, 0)
	}
	team := make([]*User, 0, 9)
	for _, i := range random.Perm(len(people))[:9] {
		team = append(team, people[i])
	}
	newBuilder(r, Workload{
		Commits: d.commits, PullRequests: d.pulls, CommitsPerPullRequest: 1 + random.IntN(3),
		ReviewsPerPullRequest: 1 + random.IntN(3), ReviewCommentsPerPullRequest: random.IntN(4), CommentsPerPullRequest: random.IntN(4),
		Issues: d.issues, CommentsPerIssue: random.IntN(4),
	}, team, until, seed).alive().build()
	for i := range d.releases() {
		at := until.AddDate(0, i-d.releases(), 0)
		r.release(ReleaseSpec{Author: team[i%len(team)], Name: fmt.Sprintf("%s %d", d.name, i+1), CreatedAt: at, At: at.Add(time.Hour), Prerelease: i%4 == 3})
	}
	if d.name == "monolith" {
		r.branches["main"] = r.store(r.newCommit(CommitSpec{
			Message: "Import the archive of 1969", Name: "Clock Without Battery", Email: "root@localhost", Parents: []*Commit{r.head()},
			AuthoredAt: time.Unix(0, 0), CommittedAt: time.Date(2099, 12, 31, 23, 59, 59, 0, time.FixedZone("", 14*3600)), Additions: 12,
		}))
	}
}
