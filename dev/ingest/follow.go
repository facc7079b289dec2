package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tributary/api"
)

// errStreamEnded is an event stream that closed before the sync ended.
var errStreamEnded = errors.New("the progress stream ended before the sync")

// maxEvent is more than a progress event of many repositories needs.
const maxEvent = 4 << 20

// redrawn is how often the picture is drawn although nothing is new: time goes on.
const redrawn = 250 * time.Millisecond

// follow shows a sync's progress until it ends.
func (c *client) follow(ctx context.Context, sync api.Sync, picture *picture) (api.Sync, error) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	news, troubles, ended := make(chan api.Progress), make(chan string), make(chan error, 1)
	go func() { ended <- c.listen(ctx, &sync, news) }()
	go c.watchStore(ctx, troubles)
	tick := time.NewTicker(redrawn)
	defer tick.Stop()
	for {
		select {
		case event := <-news:
			picture.learn(event)
		case picture.trouble = <-troubles:
		case <-tick.C:
		case err := <-ended:
			if err == nil {
				picture.finish(sync)
			}
			return sync, err
		}
		picture.draw()
	}
}

// listen hands on the progress of a sync and returns when that has ended.
func (c *client) listen(ctx context.Context, sync *api.Sync, news chan<- api.Progress) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/api/v1/integrations/"+sync.IntegrationID+"/events", nil)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unanswered(err)
	}
	defer response.Body.Close()
	if err := problemOf(response); err != nil {
		return err
	}
	err = events(response, func(name string, data []byte) (done bool, err error) {
		switch name {
		case "progress":
			var event api.Progress
			if err := json.Unmarshal(data, &event); err != nil || event.Sync.ID != sync.ID {
				return false, err
			}
			select {
			case news <- event:
			case <-ctx.Done():
			}
		case "ended":
			var event api.Ended
			if err := json.Unmarshal(data, &event); err != nil || event.Sync.ID != sync.ID {
				return false, err
			}
			*sync = event.Sync
			return true, nil
		}
		return false, nil
	})
	if ctx.Err() != nil {
		err = ctx.Err() // the stream ends with everything else, or a moment before
	}
	return err
}

// events reads a stream of server-sent events until handle is done.
func events(response *http.Response, handle func(name string, data []byte) (done bool, err error)) error {
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxEvent)
	name := ""
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			if done, err := handle(name, []byte(value)); done || err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	return errStreamEnded
}
