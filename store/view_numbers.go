package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Numbers are what somebody who runs the installation watches. They name
// organizations and nobody else. What is paused is left out: nothing is expected of it.
type Numbers struct {
	Streams    []StreamNumbers
	Unreadable []UnreadableNumbers
	Webhooks   []WebhookNumbers
	Waiting    []WaitingNumbers
}

// StreamNumbers are an organization's streams of one kind, of repositories that can
// be read.
type StreamNumbers struct {
	Organization    string
	Kind            models.StreamKind
	CompleteThrough *time.Time          // the oldest; nil where none is complete
	Unread          int                 // there is something, and it was never read to its end
	Failing         map[models.Code]int // or lacking something
}

// UnreadableNumbers are an organization's repositories that cannot be read, for one
// cause.
type UnreadableNumbers struct {
	Organization string
	Code         models.Code
	Repositories int
}

// WebhookNumbers are an organization's hooks and the sums of their gap meters.
type WebhookNumbers struct {
	Organization                                    string
	States                                          map[models.WebhookState]int `gorm:"-"`
	Received, Undelivered, Redelivered, Unannounced int64
}

// WaitingNumbers are the deliveries or the hints of an organization that wait.
type WaitingNumbers struct {
	Organization string
	What         string // deliveries or hints
	Waiting      int
	DueSince     time.Time `gorm:"-"`
}

// Numbers reads all of them, in five queries on the state of one instant.
func (s *Store) Numbers(ctx context.Context) (n Numbers, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		n = Numbers{}
		for _, part := range []func(*gorm.DB) error{n.readStreams, n.readUnreadable, n.readWebhooks} {
			if err := part(tx); err != nil {
				return err
			}
		}
		for what, table := range map[string]*gorm.DB{
			"deliveries": tx.Table("webhook_deliveries AS waiting").Where("waiting.state = 'received'"),
			"hints":      tx.Table("hints").Joins("JOIN repositories ON repositories.id = hints.repository_id"),
		} {
			if err := n.readWaiting(what, table, s.followed(tx.Session(&gorm.Session{NewDB: true}))); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

const importedNow = ` FROM repositories JOIN organizations ON organizations.id = repositories.organization_id
		JOIN integrations ON integrations.id = organizations.integration_id AND integrations.lifecycle = 'active'`

func (n *Numbers) readStreams(tx *gorm.DB) error {
	var kinds, unread []string
	for _, d := range models.Streams {
		kinds = append(kinds, "('"+string(d.Kind)+"')")
		if d.Listed() {
			unread = append(unread, "WHEN '"+string(d.Kind)+"' THEN "+somethingToRead(d.Kind))
		}
	}
	var rows []struct {
		Organization string
		Kind         models.StreamKind
		Code         models.Code
		Oldest       string
		Unread, N    int
	}
	err := tx.Raw(`WITH kinds (kind) AS (VALUES ` + strings.Join(kinds, ", ") + `)
		SELECT organizations.login AS organization, kinds.kind,
			CASE WHEN streams.failing_since IS NOT NULL THEN streams.last_code WHEN streams.gap_code NOT IN ('', 'parts_unavailable') THEN streams.gap_code ELSE '' END AS code,
			` + instantText(tx, "min(streams.complete_through)") + ` AS oldest, count(*) AS n,
			sum(CASE WHEN streams.complete_through IS NOT NULL THEN 0 WHEN (CASE kinds.kind ` + strings.Join(unread, " ") + ` END) THEN 1 ELSE 0 END) AS unread` +
		importedNow + ` CROSS JOIN kinds LEFT JOIN streams ON streams.repository_id = repositories.id AND streams.kind = kinds.kind
		WHERE repositories.selection = 'imported' AND repositories.deleted_at IS NULL AND repositories.access_code = '' AND ` + wantedKinds("kinds.kind") + `
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		last := len(n.Streams) - 1
		if last < 0 || n.Streams[last].Organization != row.Organization || n.Streams[last].Kind != row.Kind {
			n.Streams = append(n.Streams, StreamNumbers{Organization: row.Organization, Kind: row.Kind, Failing: map[models.Code]int{}})
			last++
		}
		of := &n.Streams[last]
		of.Unread += row.Unread
		if row.Code != "" {
			of.Failing[row.Code] += row.N
		}
		if at, err := time.Parse(instantLayout, row.Oldest); err == nil && (of.CompleteThrough == nil || at.Before(*of.CompleteThrough)) {
			of.CompleteThrough = &at
		}
	}
	return nil
}

func (n *Numbers) readUnreadable(tx *gorm.DB) error {
	return tx.Raw(`SELECT organizations.login AS organization, repositories.access_code AS code, count(*) AS repositories` + importedNow + `
		WHERE repositories.selection = 'imported' AND repositories.deleted_at IS NULL AND repositories.access_code <> ''
		GROUP BY 1, 2`).Scan(&n.Unreadable).Error
}

func (n *Numbers) readWebhooks(tx *gorm.DB) error {
	var rows []struct {
		WebhookNumbers
		State models.WebhookState
		N     int
	}
	err := tx.Raw(`SELECT organizations.login AS organization, webhooks.state, count(*) AS n, CAST(sum(received) AS bigint) AS received, CAST(sum(undelivered) AS bigint) AS undelivered,
			CAST(sum(redelivered) AS bigint) AS redelivered, CAST(sum(unannounced) AS bigint) AS unannounced
		FROM webhooks JOIN organizations ON organizations.id = webhooks.organization_id GROUP BY 1, 2 ORDER BY 1, 2`).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		last := len(n.Webhooks) - 1
		if last < 0 || n.Webhooks[last].Organization != row.Organization {
			n.Webhooks = append(n.Webhooks, WebhookNumbers{Organization: row.Organization, States: map[models.WebhookState]int{}})
			last++
		}
		of := &n.Webhooks[last]
		of.States[row.State] = row.N
		of.Received += row.Received
		of.Undelivered += row.Undelivered
		of.Redelivered += row.Redelivered
		of.Unannounced += row.Unannounced
	}
	return nil
}

func (n *Numbers) readWaiting(what string, waiting, followed *gorm.DB) error {
	var rows []struct {
		Organization string
		Waiting      int
		Due          string
	}
	err := waiting.Select("organizations.login AS organization, count(*) AS waiting, "+instantText(waiting, "min(due_at)")+" AS due").
		Joins("JOIN organizations ON organizations.id = organization_id").Where("organizations.id IN (?)", followed).
		Group("organizations.login").Scan(&rows).Error
	for _, row := range rows {
		due, err := time.Parse(instantLayout, row.Due)
		if err != nil {
			return err
		}
		n.Waiting = append(n.Waiting, WaitingNumbers{Organization: row.Organization, What: what, Waiting: row.Waiting, DueSince: due})
	}
	return err
}
