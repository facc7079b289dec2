package githubsim

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A webPage is what people see who follow an address of the world: little, so that links of the product lead somewhere.
// Everybody may see everything.
type webPage struct {
	Title string
	Above []webLink // where it belongs
	Facts []string
	Texts []webText
	Below []webLink
}

type webLink struct{ Text, Href string }

type webText struct{ By, Text string }

var webTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;font:inherit}article{border-top:1px solid #ccc}</style>
<p>A simulated GitHub{{range .Above}} / <a href="{{.Href}}">{{.Text}}</a>{{end}}</p>
<h1>{{.Title}}</h1>
{{range .Facts}}<p>{{.}}</p>
{{end}}{{range .Texts}}<article><p><b>{{.By}}</b></p><pre>{{.Text}}</pre></article>
{{end}}{{if .Below}}<ul>{{range .Below}}<li><a href="{{.Href}}">{{.Text}}</a></li>{{end}}</ul>{{end}}
</html>
`))

// servePage answers a browser at an address of the world, and nobody else.
func (s *Sim) servePage(w http.ResponseWriter, r *http.Request) (served bool) {
	if r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept"), "text/html") || isWeb(r.URL.Path) {
		return false
	}
	s.mu.RLock()
	page := s.pageAt(strings.Split(strings.Trim(r.URL.Path, "/"), "/"))
	s.mu.RUnlock()
	if page == nil {
		return false
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = webTemplate.Execute(w, page) // the browser has left
	return true
}

func (s *Sim) pageAt(parts []string) *webPage {
	o := s.organizations[strings.ToLower(parts[0])]
	switch {
	case parts[0] == "":
		return s.front()
	case o == nil && len(parts) == 1:
		return s.pageOfPerson(parts[0])
	case o == nil:
		return nil
	case len(parts) == 1:
		return o.page()
	}
	r := s.paths[strings.ToLower(parts[0]+"/"+parts[1])]
	switch {
	case r == nil || r.deleted:
		return nil
	case len(parts) < 4:
		return r.page()
	}
	number, _ := strconv.Atoi(parts[3])
	switch parts[2] {
	case "commit":
		if c := r.find(parts[3]); c != nil {
			return c.page()
		}
	case "pull", "issues":
		if i := r.issues[number]; i != nil {
			return i.page()
		}
	default: // releases, trees, settings: what they are of
		return r.page()
	}
	return nil
}

func (s *Sim) front() *webPage {
	p := &webPage{Title: "Organizations"}
	for _, login := range slices.Sorted(maps.Keys(s.organizations)) {
		p.Below = append(p.Below, webLink{login, "/" + login})
	}
	return p
}

func (s *Sim) pageOfPerson(login string) *webPage {
	u := s.logins[strings.ToLower(login)]
	if u == nil {
		return nil
	}
	return &webPage{Title: u.restLogin(), Facts: []string{"An account of the type " + string(u.Type)}}
}

func (o *Organization) page() *webPage {
	p := &webPage{Title: o.login}
	for _, r := range o.repositories {
		p.Below = append(p.Below, webLink{r.name, r.address()})
	}
	return p
}

func (r *Repository) address() string { return "/" + r.fullName() }

func (r *Repository) above() []webLink {
	return []webLink{{r.owner.login, "/" + r.owner.login}, {r.name, r.address()}}
}

// mostShown is how many commits, pull requests and issues a page of a repository shows.
const mostShown = 20

func (r *Repository) page() *webPage {
	p := &webPage{Title: r.fullName(), Above: r.above()[:1], Facts: []string{r.settings.Description, r.visibility()}}
	if r.settings.Blocked != "" {
		p.Facts = append(p.Facts, "Access to this repository is blocked.")
	}
	for i := len(r.allIssues) - 1; i >= 0 && len(p.Below) < mostShown; i-- {
		p.Below = append(p.Below, webLink{r.allIssues[i].headline(), r.allIssues[i].address()})
	}
	for c, n := r.head(), 0; c != nil && n < mostShown; n++ {
		p.Below = append(p.Below, webLink{c.link(), c.address()})
		if len(c.Parents) == 0 {
			break
		}
		c = c.Parents[0]
	}
	return p
}

func (c *Commit) address() string { return c.repo.address() + "/commit/" + c.SHA }

func (c *Commit) link() string {
	headline, _ := c.headline()
	return c.SHA[:7] + " " + headline
}

func (c *Commit) page() *webPage {
	p := &webPage{Title: c.link(), Above: c.repo.above(), Texts: []webText{{by(c.Author.Name, c.Author.When), c.Message}}}
	p.Facts = []string{c.SHA, fmt.Sprintf("%d additions, %d deletions in %d files", c.Additions, c.Deletions, c.ChangedFiles)}
	for _, parent := range c.Parents {
		p.Below = append(p.Below, webLink{"Parent " + parent.link(), parent.address()})
	}
	return p
}

func (i *Issue) address() string {
	kind := "/issues/"
	if i.pull != nil {
		kind = "/pull/"
	}
	return i.repo.address() + kind + strconv.Itoa(i.Number)
}

func (i *Issue) headline() string { return fmt.Sprintf("#%d %s", i.Number, i.title) }

func (i *Issue) page() *webPage {
	p := &webPage{Title: i.headline(), Above: i.repo.above(), Texts: []webText{{by(nameOf(i.author), i.createdAt), i.body}}}
	state := i.state()
	if pull := i.pull; pull != nil {
		if pull.merged() {
			state = "merged"
		}
		p.Facts = append(p.Facts, fmt.Sprintf("%s ← %s, %d commits, %d additions, %d deletions", pull.baseRef, pull.headRef, len(pull.commits), pull.additions, pull.deletions))
		for _, v := range pull.reviews {
			p.Texts = append(p.Texts, webText{by(nameOf(v.author), v.submittedAt), strings.TrimSpace(v.state + "\n" + v.body)})
		}
		for _, c := range pull.comments {
			p.Texts = append(p.Texts, webText{by(nameOf(c.author), c.createdAt), c.path + "\n" + c.body})
		}
		for _, c := range pull.commits {
			p.Below = append(p.Below, webLink{c.link(), c.address()})
		}
	}
	p.Facts = append([]string{state}, p.Facts...)
	for _, c := range i.comments {
		p.Texts = append(p.Texts, webText{by(nameOf(c.author), c.createdAt), c.body})
	}
	return p
}

func by(who string, at time.Time) string { return who + ", " + at.UTC().Format("2006-01-02 15:04 MST") }

func nameOf(u *User) string {
	if u.present() == nil {
		return "ghost"
	}
	return u.restLogin()
}
